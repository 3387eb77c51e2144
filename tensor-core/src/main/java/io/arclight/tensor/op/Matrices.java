package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/** What operations on the last two dimensions share. */
final class Matrices {
  private Matrices() {}

  /** The transpose of each matrix, conjugate where complex. */
  static Tensor adjoint(Tensor t) {
    return t.transpose(-2, -1).conj();
  }

  static Tensor conj(Tensor t) {
    return t.conj();
  }

  /** The dtype of the parts of a complex one. */
  static DType real(DType dtype) {
    return dtype.toReal();
  }

  /** Runs an operation inside of another: neither recorded nor traced. */
  static Tensor run(Op op, Tensor... in) {
    return op.eval(op.infer(in), in)[0];
  }

  /** The same memory with rows and columns swapped, and, where complex, a conjugate copy. */
  static Tensor turned(Tensor t) {
    return LapackBatch.turned(t);
  }

  static Tensor matmul(Tensor a, Tensor b) {
    return MatMulOp.matmul(a, b);
  }

  static void require(String op, Tensor t) {
    if (t.rank() < 2) {
      throw new ShapeException(
          op + ": needs a matrix or batches of matrices, [..., m, n], got shape " + t.shape());
    }
  }

  static void requireSquare(String op, Tensor t) {
    require(op, t);
    if (t.dim(-1) != t.dim(-2)) {
      throw new ShapeException(op + ": needs square matrices, [..., n, n], got shape " + t.shape());
    }
  }

  /** The dimensions before the last {@code core}. */
  static Shape batch(Tensor t, int core) {
    return Shape.of(Arrays.copyOf(t.shape().toArray(), t.rank() - core));
  }

  /** {@code batch} followed by {@code core}. */
  static Shape shape(Shape batch, long... core) {
    long[] dims = Arrays.copyOf(batch.toArray(), batch.rank() + core.length);
    System.arraycopy(core, 0, dims, batch.rank(), core.length);
    return Shape.of(dims);
  }

  /** Expanded so that the dimensions before the last {@code core} are {@code batch}. */
  static Tensor expand(Tensor t, Shape batch, int core) {
    long[] last = Arrays.copyOfRange(t.shape().toArray(), t.rank() - core, t.rank());
    return t.expand(shape(batch, last));
  }

  /** The identity of [n, n] in the dtype of a tensor. */
  static Tensor identity(Tensor like, long n) {
    return identity(n, like.dtype(), like.device());
  }

  static Tensor identity(long n, DType dtype, Device device) {
    Tensor out = Tensor.zeros(Shape.of(n, n), dtype, device);
    if (n > 0) {
      Tensor diagonal = out.withLayout(new DiagonalOp(0, 0, 1).layout(out.layout()));
      Pointwise.SECOND.with(null, 1).evalInto(diagonal, diagonal);
    }
    return out;
  }
}
