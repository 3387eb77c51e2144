package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** Differences of neighbours and integrals by the trapezoidal rule. */
public final class Integration {
  private Integration() {}

  /** {@code x} with tensors before and behind along {@code dim}; null for none. */
  public static Tensor joined(Tensor x, int dim, Tensor prepend, Tensor append) {
    Tensor out = prepend == null ? x : Tensor.cat(dim, prepend, x);
    return append == null ? out : Tensor.cat(dim, out, append);
  }

  public static Tensor diff(Tensor x, int n, int dim) {
    if (x.rank() == 0 || n < 0) {
      throw new ShapeException(
          "diff: needs at least one dimension and an order of at least 0, got shape "
              + x.shape()
              + " and order "
              + n);
    }
    x.shape().wrap(dim);
    Tensor out = x;
    for (int i = 0; i < n && out.dim(dim) > 0; i++) {
      Tensor later = tail(out, dim);
      Tensor earlier = head(out, dim);
      out = x.dtype() == DType.BOOL ? later.logicalXor(earlier) : later.sub(earlier);
    }
    return out;
  }

  private static Tensor head(Tensor x, int dim) {
    return x.narrow(dim, 0, x.dim(dim) - 1);
  }

  private static Tensor tail(Tensor x, int dim) {
    return x.narrow(dim, 1, x.dim(dim) - 1);
  }

  public static Tensor trapezoid(Tensor y, double dx, int dim) {
    if (y.dim(dim) == 0) {
      return y.sum(dim).to(y.dtype());
    }
    Tensor ends = y.select(dim, 0).add(y.select(dim, -1)).mul(0.5);
    return y.sum(dim).sub(ends).mul(dx);
  }

  public static Tensor trapezoid(Tensor y, Tensor x, int dim) {
    return y.dim(dim) == 0 ? y.sum(dim).to(y.dtype()) : areas(y, x, dim).sum(dim);
  }

  public static Tensor cumulative(Tensor y, double dx, int dim) {
    return y.dim(dim) == 0 ? y.mul(dx) : tail(y, dim).add(head(y, dim)).mul(dx / 2).cumsum(dim);
  }

  public static Tensor cumulative(Tensor y, Tensor x, int dim) {
    return y.dim(dim) == 0 ? y.mul(1.0) : areas(y, x, dim).cumsum(dim);
  }

  private static Tensor areas(Tensor y, Tensor x, int dim) {
    int d = y.shape().wrap(dim);
    Tensor points = x;
    if (x.rank() == 1 && y.rank() > 1) {
      long[] sizes = new long[y.rank()];
      java.util.Arrays.fill(sizes, 1);
      sizes[d] = x.dim(0);
      points = x.reshape(sizes);
    }
    int at = d - y.rank();
    if (points.rank() < -at || points.dim(at) != y.dim(d)) {
      throw new ShapeException(
          "trapezoid: points of shape "
              + x.shape()
              + " do not fit dimension "
              + dim
              + " of values of shape "
              + y.shape()
              + ": there must be one for each");
    }
    Tensor widths = diff(points, 1, at);
    return tail(y, d).add(head(y, d)).mul(widths).mul(0.5);
  }
}
