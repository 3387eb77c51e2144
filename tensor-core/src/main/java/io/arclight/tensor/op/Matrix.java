package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Gemm;
import io.arclight.tensor.cpu.Product;

/**
 * A tensor as matrix libraries see it: row-major, perhaps transposed, with a leading dimension.
 *
 * @param tensor whose memory it is: the operand's own, or a dense copy where its strides do not fit
 */
record Matrix(
    Tensor tensor,
    long batches,
    long batchStride,
    long rows,
    long columns,
    boolean transposed,
    long ld) {

  /** Whether a product replaces what is there or is added to it. */
  enum Into {
    OVERWRITE,
    ADD
  }

  static Matrix of(Tensor t) {
    int r = t.rank();
    long rows = t.dim(-2);
    long columns = t.dim(-1);
    long[] s = t.strides();
    long rs = s[r - 2];
    long cs = s[r - 1];
    boolean plain = (cs == 1 || columns == 1) && (rs >= columns || rows == 1);
    boolean swapped = !plain && (rs == 1 || rows == 1) && (cs >= rows || columns == 1);
    if (!plain && !swapped) {
      return of(t.copy());
    }
    long ld = swapped ? columns == 1 ? rows : cs : rows == 1 ? columns : rs;
    return new Matrix(
        t, r == 3 ? t.dim(0) : 1, r == 3 ? s[0] : 0, rows, columns, swapped, Math.max(1, ld));
  }

  static void multiply(Matrix a, Matrix b, Matrix c, long pa, long pb, long pc, Into into) {
    long bytes = c.tensor.dtype().bytes();
    Product product =
        new Product(
            c.tensor.dtype(),
            a.transposed,
            b.transposed,
            c.rows,
            c.columns,
            a.columns,
            a.ld,
            b.ld,
            c.ld,
            into == Into.ADD);
    Gemm.multiply(
        product,
        c.batches,
        pa,
        a.batchStride * bytes,
        pb,
        b.batchStride * bytes,
        pc,
        c.batchStride * bytes);
  }
}
