package io.arclight.tensor.op;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Gemm;
import io.arclight.tensor.cpu.Product;
import java.util.List;

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

  /**
   * What products that are to have the dtype of {@code spec} are computed in: that of halves that
   * the library multiplies, else what sums of them are kept in.
   */
  static DType dtype(Spec spec) {
    return Gemm.multiplies(spec.dtype()) ? spec.dtype() : wide(spec);
  }

  /**
   * What products that are to be rounded once, but not yet, are computed in: float32 for halves,
   * and int32 for narrow integers, which wrap alike.
   */
  static DType wide(Spec spec) {
    DType d = spec.dtype().accumulator();
    return d.isInteger() && d.bytes() < DType.INT32.bytes() ? DType.INT32 : d;
  }

  /** A tensor in another dtype; itself where that is its own. */
  static Tensor converted(Tensor t, DType dtype) {
    return t.dtype() == dtype
        ? t
        : new ConvertOp(dtype, t.device())
            .eval(List.of(new Spec(t.shape(), dtype, t.device())), t)[0];
  }

  /** {@code made}, which nobody else has, in {@code dtype}; in that of halves it takes no more. */
  static Tensor finished(Tensor made, DType dtype) {
    Tensor out = converted(made, dtype);
    if (out != made) {
      made.close();
    }
    return out;
  }

  /** The product of {@code x} and {@code y}, converted to the dtype of {@code out}, into it. */
  static void multiply(Tensor x, Tensor y, Tensor out, Into into) {
    if (out.elements() == 0) {
      return;
    }
    if (out.dtype().isComplex()) {
      multiplyPairs(x, y, out, into);
      return;
    }
    Tensor left = converted(x, out.dtype());
    Tensor right = converted(y, out.dtype());
    Matrix a = of(left);
    Matrix b = of(right);
    Matrix c = of(out);
    Backend.of(out.device())
        .library(at -> multiply(a, b, c, at[0], at[1], at[2], into), a.tensor, b.tensor, c.tensor);
    // Copies in float32 would else stay until the scope around ends.
    if (left != x) {
      left.close();
    }
    if (right != y) {
      right.close();
    }
  }

  /** Four real products. */
  private static void multiplyPairs(Tensor x, Tensor y, Tensor out, Into into) {
    Tensor a = dense(x, 0);
    Tensor b = dense(x, 1);
    Tensor c = dense(y, 0);
    Tensor d = dense(y, 1);
    Tensor re = dense(out, 0);
    Tensor im = dense(out, 1);
    multiply(a, d, im, into);
    multiply(b, c, im, Into.ADD);
    multiply(a, c, re, into);
    Pointwise.NEG.evalInto(b, b);
    multiply(b, d, re, Into.ADD);
    Tensor real = Pairs.part(out, 0);
    Tensor imaginary = Pairs.part(out, 1);
    Pointwise.SECOND.evalInto(real, real, re);
    Pointwise.SECOND.evalInto(imaginary, imaginary, im);
  }

  /** A copy of the real (0) or imaginary (1) parts. */
  private static Tensor dense(Tensor t, int part) {
    Tensor view = Pairs.part(t.detach(), part);
    Tensor out = Tensor.allocate("matmul", view.shape(), view.dtype(), view.device());
    Pointwise.SECOND.evalInto(out, out, view);
    return out;
  }

  private static void multiply(Matrix a, Matrix b, Matrix c, long pa, long pb, long pc, Into into) {
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
