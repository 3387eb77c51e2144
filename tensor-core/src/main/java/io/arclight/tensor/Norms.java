package io.arclight.tensor;

import io.arclight.tensor.Dim.Keep;
import io.arclight.tensor.op.Check;
import io.arclight.tensor.op.InvOp;
import java.util.stream.IntStream;

/** Norms of vectors and matrices, and what is made of them. */
final class Norms {
  private Norms() {}

  /** What singular values are compared with, relative to the largest. */
  static double epsilon(Tensor a) {
    requireMatrix("pinv", a);
    boolean single = a.dtype().bytes() == 4;
    return Math.max(a.dim(-1), a.dim(-2)) * (single ? Math.ulp(1f) : Math.ulp(1.0));
  }

  private static void requireMatrix(String op, Tensor a) {
    if (a.rank() < 2) {
      throw new ShapeException(op + ": needs matrices, [..., m, n], got shape " + a.shape());
    }
  }

  static void requireFloat(String op, Tensor x) {
    if (x.dtype().category() == DType.Category.BOOL || x.dtype().isInteger()) {
      throw new DTypeException(
          op + ": needs a floating-point tensor, not " + x.dtype() + ": convert with to(FLOAT32)");
    }
  }

  static Tensor vectorNorm(Tensor x, double order, Dim dims, Keep keep) {
    requireFloat("vectorNorm", x);
    if (order == 2) {
      return x.norm(dims, keep);
    }
    Tensor size = x.abs();
    if (Double.isInfinite(order)) {
      return order > 0 ? size.amax(dims, keep) : size.amin(dims, keep);
    }
    if (order == 0) {
      return x.ne(0).to(size.dtype()).sum(dims, keep);
    }
    if (order == 1) {
      return size.sum(dims, keep);
    }
    if (order < 0 && noneTo(x, dims)) {
      throw new ShapeException(
          "vectorNorm: order " + order + " has no value for no elements, of shape " + x.shape());
    }
    // Neither a zero nor a norm of zero has a finite slope: as in PyTorch they get none.
    if (order < 0) {
      return size.pow(order).sum(dims, keep).pow(1 / order);
    }
    Tensor zero = size.eq(0);
    Tensor sum = size.maskedFill(zero, 1).pow(order).maskedFill(zero, 0).sum(dims, keep);
    Tensor none = sum.eq(0);
    return sum.maskedFill(none, 1).pow(1 / order).maskedFill(none, 0);
  }

  private static boolean noneTo(Tensor x, Dim dims) {
    return IntStream.of(dims.resolve(x.shape(), "vectorNorm")).anyMatch(d -> x.dim(d) == 0);
  }

  static Tensor frobenius(Tensor a, Dim dims, Keep keep) {
    pair("matrixNorm", a, dims);
    return vectorNorm(a, 2, dims, keep);
  }

  static Tensor matrixNorm(Tensor a, double order, Dim dims, Keep keep) {
    requireFloat("matrixNorm", a);
    int[] pair = pair("matrixNorm", a, dims);
    double size = Math.abs(order);
    if (size == 2) {
      return ofValues(a, pair, keep, order > 0 ? Of.LARGEST : Of.SMALLEST);
    }
    if (size != 1 && !Double.isInfinite(size)) {
      throw new TensorException(
          "matrixNorm: order " + order + " is none of 1, -1, 2, -2, infinity and -infinity");
    }
    int summed = size == 1 ? pair[0] : pair[1];
    int kept = size == 1 ? pair[1] : pair[0];
    Tensor sums = a.abs().sum(Dim.of(summed), Keep.KEEP);
    Tensor out;
    if (order < 0) {
      out = sums.amin(Dim.of(kept), Keep.KEEP);
    } else {
      // The largest of none is 0, as their sum is.
      boolean none = sums.dim(kept) == 0;
      out = none ? sums.sum(Dim.of(kept), Keep.KEEP) : sums.amax(Dim.of(kept), Keep.KEEP);
    }
    return keep == Keep.KEEP ? out : dropped(out, pair);
  }

  static Tensor nuclear(Tensor a, Dim dims, Keep keep) {
    requireFloat("nuclearNorm", a);
    return ofValues(a, pair("nuclearNorm", a, dims), keep, Of.SUM);
  }

  private enum Of {
    LARGEST,
    SMALLEST,
    SUM
  }

  private static Tensor ofValues(Tensor a, int[] pair, Keep keep, Of what) {
    int[] order =
        IntStream.concat(
                IntStream.range(0, a.rank()).filter(d -> d != pair[0] && d != pair[1]),
                IntStream.of(pair))
            .toArray();
    Tensor values = Linalg.svdvals(a.permute(order));
    Tensor out =
        switch (what) {
          case LARGEST -> values.dim(-1) == 0 ? values.sum(-1) : values.amax(Dim.of(-1), Keep.DROP);
          case SMALLEST -> values.amin(Dim.of(-1), Keep.DROP);
          case SUM -> values.sum(-1);
        };
    if (keep == Keep.KEEP) {
      out = out.unsqueeze(Math.min(pair[0], pair[1])).unsqueeze(Math.max(pair[0], pair[1]));
    }
    return out;
  }

  private static Tensor dropped(Tensor t, int[] pair) {
    return t.select(Math.max(pair[0], pair[1]), 0).select(Math.min(pair[0], pair[1]), 0);
  }

  private static int[] pair(String op, Tensor a, Dim dims) {
    if (dims.dims().length != 2) {
      throw new ShapeException(op + ": needs two dimensions, got " + dims);
    }
    requireMatrix(op, a);
    int[] pair = {a.shape().wrap(dims.dims()[0]), a.shape().wrap(dims.dims()[1])};
    if (pair[0] == pair[1]) {
      throw new ShapeException(op + ": the dimensions must differ, got " + dims);
    }
    return pair;
  }

  static Tensor cond(Tensor a, double order) {
    if (Math.abs(order) == 2) {
      requireMatrix("cond", a);
      Tensor values = Linalg.svdvals(a);
      if (values.dim(-1) == 0) {
        return values.sum(-1);
      }
      Tensor largest = values.amax(Dim.of(-1), Keep.DROP);
      Tensor smallest = values.amin(Dim.of(-1), Keep.DROP);
      return order > 0 ? largest.div(smallest) : smallest.div(largest);
    }
    Tensor[] inverse = Tensor.applyAll(new InvOp(Check.REPORT), a);
    Dim dims = Dim.of(-2, -1);
    Tensor product =
        matrixNorm(a, order, dims, Keep.DROP).mul(matrixNorm(inverse[0], order, dims, Keep.DROP));
    return product.maskedFill(inverse[1].ne(0), Double.POSITIVE_INFINITY);
  }

  static Tensor rank(Tensor a, double absolute, double relative, Symmetry symmetry) {
    requireMatrix("matrixRank", a);
    Tensor values = symmetry == Symmetry.HERMITIAN ? Linalg.eigvalsh(a).abs() : Linalg.svdvals(a);
    if (values.dim(-1) == 0) {
      return Tensor.zeros(Solving.batch(values, 1), DType.INT64, a.device());
    }
    Tensor least = values.amax(Dim.of(-1), Keep.KEEP).mul(relative).clamp(absolute, null);
    return values.gt(least).sum(-1);
  }
}
