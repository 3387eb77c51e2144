package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Interpolation;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.Arrays;

/** Quantiles: elements of sorted rows, and what lies between two of them. */
public final class Quantiles {

  /** What NaN means. */
  public enum Nan {
    /** A row that has one has no other quantile. */
    PROPAGATE,
    IGNORE
  }

  private Quantiles() {}

  public static Tensor quantile(
      Tensor x, double q, Dim dim, Dim.Keep keep, Interpolation interpolation, Nan nan) {
    requireFraction(q);
    Tensor one = Tensor.full(Shape.of(1), q, x.dtype(), x.device());
    return compute(x, one, dim, keep, interpolation, nan).select(0, 0);
  }

  /**
   * Several quantiles at once.
   *
   * @param q a vector, or a scalar, of values in [0, 1]; checked where the host can see them
   */
  public static Tensor quantile(
      Tensor x, Tensor q, Dim dim, Dim.Keep keep, Interpolation interpolation, Nan nan) {
    if (q.rank() > 1 || q.dtype() != x.dtype()) {
      throw new ShapeException(
          "quantile: q must be a scalar or vector of "
              + x.dtype()
              + ", got "
              + q.dtype()
              + " "
              + q.shape());
    }
    if (q.device().equals(Device.CPU)) {
      for (double value : q.toDoubles()) {
        requireFraction(value);
      }
    }
    Tensor out = compute(x, q.reshape(q.elements()), dim, keep, interpolation, nan);
    return q.rank() == 0 ? out.select(0, 0) : out;
  }

  private static void requireFraction(double q) {
    if (!(q >= 0 && q <= 1)) {
      throw new TensorException("quantile: q must be from 0 to 1, not " + q);
    }
  }

  private static Tensor compute(
      Tensor x, Tensor q, Dim dim, Dim.Keep keep, Interpolation interpolation, Nan nan) {
    if (x.dtype() != DType.FLOAT32 && x.dtype() != DType.FLOAT64) {
      throw new DTypeException(
          "quantile: needs float32 or float64, not " + x.dtype() + ": convert with to(FLOAT32)");
    }
    if (x.elements() == 0 || dim.dims().length > 1) {
      throw new ShapeException(
          "quantile: needs elements, and one dimension or all, got shape "
              + x.shape()
              + " and dimensions "
              + dim);
    }
    int[] over = dim.resolve(x.shape(), "quantile");
    Shape reduced = Reduction.shape(x.shape(), over, keep);
    Tensor rows;
    if (dim.dims().length == 0 || x.rank() == 0) {
      rows = x.reshape(x.elements());
    } else {
      int[] order = new int[x.rank()];
      for (int i = 0, at = 0; i < order.length; i++) {
        if (i != over[0]) {
          order[at++] = i;
        }
      }
      order[x.rank() - 1] = over[0];
      rows = x.permute(order);
    }
    Tensor sorted = rows.sort(-1, Order.ASCENDING).values();
    long n = rows.dim(-1);
    Tensor ranks;
    if (nan == Nan.IGNORE) {
      Tensor present = rows.isnan().logicalNot().sum(Dim.of(-1), Dim.Keep.KEEP);
      Tensor last = present.sub(1).to(x.dtype());
      ranks = q.mul(last);
      ranks = ranks.maskedFill(ranks.lt(0), 0);
    } else {
      Tensor missing = rows.isnan().any(Dim.of(-1), Dim.Keep.KEEP);
      ranks = q.mul(n - 1).maskedFill(missing, n - 1);
    }
    ranks =
        switch (interpolation) {
          case LOWER -> ranks.floor();
          case HIGHER -> ranks.ceil();
          case NEAREST -> ranks.round();
          case LINEAR, MIDPOINT -> ranks;
        };
    long[] dims = sorted.shape().toArray();
    dims[dims.length - 1] = q.elements();
    ranks = ranks.expand(dims);
    Tensor below = ranks.detach().floor();
    Tensor out = sorted.gather(-1, below.to(DType.INT64));
    if (interpolation == Interpolation.LINEAR || interpolation == Interpolation.MIDPOINT) {
      Tensor weights =
          interpolation == Interpolation.MIDPOINT
              ? Tensor.full(ranks.shape(), 0.5, x.dtype(), x.device())
              : ranks.sub(below);
      Tensor above = sorted.gather(-1, ranks.detach().ceil().to(DType.INT64));
      out = out.lerp(above, weights);
    }
    return leading(out).reshape(joined(q.elements(), reduced));
  }

  /** The last dimension first. */
  private static Tensor leading(Tensor x) {
    int[] order = new int[x.rank()];
    Arrays.setAll(order, i -> i == 0 ? order.length - 1 : i - 1);
    return x.permute(order);
  }

  private static Shape joined(long first, Shape rest) {
    long[] dims = new long[rest.rank() + 1];
    dims[0] = first;
    System.arraycopy(rest.toArray(), 0, dims, 1, rest.rank());
    return Shape.of(dims);
  }
}
