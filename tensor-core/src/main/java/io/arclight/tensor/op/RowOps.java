package io.arclight.tensor.op;

import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
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

  static long bits(DType dtype, Number value) {
    return Scalars.bits(dtype.type(), value);
  }
}
