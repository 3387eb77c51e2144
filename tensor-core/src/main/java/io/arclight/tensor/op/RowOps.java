package io.arclight.tensor.op;

import io.arclight.tensor.Combine;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** What operations along one dimension share. */
final class RowOps {
  private RowOps() {}

  /** {@code x} with dimension {@code dim} last and dense. */
  static Tensor rowsLast(Tensor x, int dim) {
    return Reduction.rows(x, new int[] {x.shape().wrap(dim)});
  }

  /** Undoes the move of {@link #rowsLast} on a result of its shape. */
  static Tensor restore(Tensor rows, int dim) {
    int rank = rows.rank();
    int at = rows.shape().wrap(dim);
    if (at == rank - 1) {
      return rows;
    }
    int[] order = new int[rank];
    for (int i = 0; i < rank; i++) {
      order[i] = i == at ? rank - 1 : i < at ? i : i - 1;
    }
    return rows.withLayout(rows.layout().permute(order));
  }

  /**
   * Zeros of {@code shape} with {@code g} added at the positions {@code index} along a dimension.
   */
  static Tensor scattered(Tensor g, Shape shape, int dim, Tensor index) {
    if (shape.rank() == 0) {
      return g.reshape(shape);
    }
    Tensor zeros = Tensor.zeros(shape, g.dtype(), g.device());
    if (recording()) {
      return zeros.scatterAdd(dim, index, g);
    }
    new ScatterOp(dim, Combine.SUM).evalInto(zeros, zeros, index, g);
    return zeros;
  }

  /** Checks that a tensor has dimension {@code dim}; a scalar passes for a vector. */
  static int wrap(Tensor x, int dim) {
    return x.rank() == 0 && (dim == 0 || dim == -1) ? 0 : x.shape().wrap(dim);
  }

  /** A scalar as a vector. */
  static Tensor atLeastVector(Tensor x) {
    return x.rank() == 0
        ? x.withLayout(new Layout(Shape.of(1), new long[] {1}, x.layout().offset()))
        : x;
  }

  /** Undoes {@link #atLeastVector} on a result for {@code like}. */
  static Tensor like(Tensor like, Tensor result) {
    return like.rank() == 0
        ? result.withLayout(new Layout(Shape.SCALAR, new long[0], result.layout().offset()))
        : result;
  }

  /** Results on rows of {@code x}, moved back to where its dimension is. */
  static Tensor[] restored(Tensor x, int dim, Tensor... results) {
    Tensor[] out = new Tensor[results.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = x.rank() == 0 ? like(x, results[i]) : restore(results[i], dim);
    }
    return out;
  }

  /**
   * Whether a gradient rule may only use operations, no kernels of its own: gradients are being
   * recorded, or tensors may stand for slices inside a vmap.
   */
  static boolean recording() {
    Context context = Context.current();
    return context.gradEnabled() || context.vmap() != null;
  }

  static void requireFloat(String op, Tensor x) {
    if (!x.dtype().isFloatingPoint()) {
      throw new DTypeException(
          op + ": needs a floating-point tensor, not " + x.dtype() + ": convert with to(FLOAT32)");
    }
  }

  /** Whether {@code weight} has the dtype of {@code x} or the one that it is summed in. */
  static boolean takesWeight(Tensor x, Tensor weight) {
    return weight.dtype() == x.dtype() || weight.dtype() == x.dtype().accumulator();
  }

  static long bits(DType dtype, Number value) {
    return Scalars.bits(dtype.type(), value);
  }
}
