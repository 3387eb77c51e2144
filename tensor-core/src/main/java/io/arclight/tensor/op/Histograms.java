package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Histogram;
import io.arclight.tensor.Histogram.Scale;
import io.arclight.tensor.MinMax;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import java.util.ArrayList;
import java.util.List;

/** Counts of elements in bins. */
public final class Histograms {

  private Histograms() {}

  public static Tensor bincount(Tensor x, Tensor weights, long minlength) {
    if (x.rank() != 1 || x.dtype().isFloatingPoint() || x.dtype() == DType.BOOL || minlength < 0) {
      throw new ShapeException(
          "bincount: needs a vector of integers and a minlength of at least 0, got "
              + x.dtype()
              + " "
              + x.shape()
              + " and "
              + minlength);
    }
    Tensor numbers = x.detach().to(DType.INT64);
    long bins = x.elements() == 0 ? 0 : 1 + numbers.max().toLongs()[0];
    CountOp op = new CountOp(Math.max(Math.max(0, bins), minlength));
    if (weights == null) {
      return Tensor.apply(op, numbers);
    }
    DType wide = weights.dtype() == DType.FLOAT32 ? DType.FLOAT32 : DType.FLOAT64;
    return Tensor.apply(op, numbers, weights.detach().to(wide));
  }

  public static Tensor histc(Tensor x, long bins, double min, double max) {
    RowOps.requireFloat("histc", x);
    Tensor own = x.detach().reshape(x.elements());
    Tensor flat = own.dtype().bytes() < DType.FLOAT32.bytes() ? own.to(DType.FLOAT32) : own;
    double[] range = range("histc", flat, bins, min == max ? null : new double[] {min, max}, min);
    double low = range[0];
    double high = range[1];
    Tensor inside = flat.ge(low).logicalAnd(flat.le(high));
    Tensor bin = flat.sub(low).mul((double) bins).div(high - low).to(DType.INT64);
    bin = bin.clamp(0, bins - 1).maskedFill(inside.logicalNot(), bins);
    return counts(bin, null, bins).to(x.dtype());
  }

  /** Sums of weights in {@code bins} bins; number {@code bins} is for those outside of all. */
  private static Tensor counts(Tensor bin, Tensor weights, long bins) {
    CountOp op = new CountOp(bins + 1);
    Tensor all = weights == null ? Tensor.apply(op, bin) : Tensor.apply(op, bin, weights);
    return all.narrow(0, 0, bins);
  }

  /** The range of bins: the given one, else the elements' own, widened where it is empty. */
  private static double[] range(
      String op, Tensor flat, long bins, double[] given, double whereEmpty) {
    if (bins < 1) {
      throw new ShapeException(op + ": needs at least one bin, not " + bins);
    }
    double low = whereEmpty;
    double high = whereEmpty;
    if (given != null) {
      low = given[0];
      high = given[1];
      if (low > high) {
        throw new TensorException(op + ": the range from " + low + " to " + high + " is reversed");
      }
    } else if (flat.elements() > 0) {
      MinMax ends = flat.aminmax();
      low = ends.min().item();
      high = ends.max().item();
    }
    if (!Double.isFinite(low) || !Double.isFinite(high)) {
      throw new DataException(op + ": the range from " + low + " to " + high + " is not finite");
    }
    return low == high ? new double[] {low - 1, high + 1} : new double[] {low, high};
  }

  public static Histogram histogram(
      Tensor x, long bins, double[] range, Tensor weight, Scale scale) {
    Tensor points = x.reshape(x.elements(), 1);
    return histogramdd(points, new long[] {bins}, range, flat(x, weight), scale);
  }

  public static Histogram histogram(Tensor x, Tensor edges, Tensor weight, Scale scale) {
    Tensor points = x.reshape(x.elements(), 1);
    return histogramdd(points, new Tensor[] {edges}, flat(x, weight), scale);
  }

  private static Tensor flat(Tensor x, Tensor weight) {
    if (weight != null && !weight.shape().equals(x.shape())) {
      throw new ShapeException(
          "histogram: weights "
              + weight.shape()
              + " must have the shape of what is counted, "
              + x.shape());
    }
    return weight == null ? null : weight.reshape(weight.elements());
  }

  public static Histogram histogramdd(
      Tensor points, long[] bins, double[] range, Tensor weight, Scale scale) {
    requirePoints(points, bins.length, weight);
    if (range != null && range.length != 2 * bins.length) {
      throw new ShapeException(
          "histogramdd: a range of "
              + range.length
              + " numbers for "
              + bins.length
              + " dimensions");
    }
    Tensor[] edges = new Tensor[bins.length];
    for (int d = 0; d < edges.length; d++) {
      Tensor column = points.detach().select(-1, d);
      double[] given = range == null ? null : new double[] {range[2 * d], range[2 * d + 1]};
      double[] ends = range("histogram", column.reshape(column.elements()), bins[d], given, 0);
      edges[d] = Tensor.linspace(ends[0], ends[1], bins[d] + 1, points.dtype(), points.device());
    }
    return histogramdd(points, edges, weight, scale);
  }

  public static Histogram histogramdd(Tensor points, Tensor[] edges, Tensor weight, Scale scale) {
    requirePoints(points, edges.length, weight);
    long n = points.elements() / edges.length;
    Tensor rows = points.detach().reshape(n, edges.length);
    long[] bins = new long[edges.length];
    long total = 1;
    Tensor bin = Tensor.zeros(Shape.of(n), DType.INT64, points.device());
    Tensor inside = Tensor.full(Shape.of(n), 1, DType.BOOL, points.device());
    for (int d = 0; d < edges.length; d++) {
      if (edges[d].rank() != 1 || edges[d].dim(0) < 2 || edges[d].dtype() != points.dtype()) {
        throw new ShapeException(
            "histogram: edges must be a vector of at least two "
                + points.dtype()
                + ", got "
                + edges[d].dtype()
                + " "
                + edges[d].shape());
      }
      bins[d] = edges[d].dim(0) - 1;
      total = Math.multiplyExact(total, bins[d]);
      Tensor x = rows.select(1, d).contiguous();
      inside =
          inside.logicalAnd(x.ge(edges[d].select(0, 0))).logicalAnd(x.le(edges[d].select(0, -1)));
      Tensor at = edges[d].searchsorted(x, Side.RIGHT).sub(1).clamp(0, bins[d] - 1);
      bin = bin.mul(bins[d]).add(at);
    }
    bin = bin.maskedFill(inside.logicalNot(), total);
    Tensor w = weight == null ? null : weight.detach().reshape(n).to(points.dtype());
    Tensor counts = counts(bin, w, total).to(points.dtype()).reshape(Shape.of(bins));
    if (scale == Scale.DENSITY) {
      counts = counts.div(counts.sum());
      for (int d = 0; d < edges.length; d++) {
        long[] along = new long[edges.length];
        java.util.Arrays.fill(along, 1);
        along[d] = bins[d];
        counts = counts.div(edges[d].detach().diff().reshape(along));
      }
    }
    return new Histogram(counts, new ArrayList<>(List.of(edges)));
  }

  private static void requirePoints(Tensor points, int dimensions, Tensor weight) {
    if (!points.dtype().isFloatingPoint()) {
      throw new DTypeException(
          "histogram: needs a floating-point tensor, not "
              + points.dtype()
              + ": convert with to(FLOAT32)");
    }
    if (points.rank() == 0 || points.dim(-1) != dimensions || dimensions == 0) {
      throw new ShapeException(
          "histogramdd: points of shape "
              + points.shape()
              + " do not have "
              + dimensions
              + " coordinates in the last dimension");
    }
    if (weight != null && weight.elements() * dimensions != points.elements()) {
      throw new ShapeException(
          "histogramdd: weights of shape "
              + weight.shape()
              + " are not one for each point of "
              + points.shape());
    }
  }
}
