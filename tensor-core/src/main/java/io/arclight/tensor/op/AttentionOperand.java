package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;

/**
 * An operand [batch, heads, rows, columns] whose rows are dense, as matrix products want it.
 *
 * @param batch bytes from one batch to the next
 * @param head bytes from one head to the next
 * @param row elements from one row to the next
 */
record AttentionOperand(Tensor tensor, long batch, long head, long row, int bytes) {

  /** {@code t} in {@code dtype}; where its rows do not fit, a copy. */
  static AttentionOperand of(Tensor t, DType dtype) {
    Tensor x = Matrix.converted(t.detach(), dtype);
    long[] s = x.strides();
    boolean fits = (s[3] == 1 || x.dim(3) <= 1) && (s[2] >= Math.max(1, x.dim(3)) || x.dim(2) <= 1);
    return on(fits ? x : x.contiguous());
  }

  /** A mask, of which only the last dimension need be dense. */
  static AttentionOperand mask(Tensor t, DType dtype, Shape scores) {
    Tensor x = Matrix.converted(t.detach(), dtype);
    int rank = x.rank();
    long keys = scores.dim(3);
    if (rank == 0 || x.dim(-1) != keys) {
      long[] wide = rank == 0 ? new long[1] : x.shape().toArray();
      wide[wide.length - 1] = keys;
      x = x.withLayout(x.layout().expand(Shape.of(wide)));
    }
    if (x.strides()[x.rank() - 1] != 1 && keys > 1) {
      x = x.copy();
    }
    return on(x.withLayout(x.layout().expand(scores)));
  }

  /** New memory in which the heads of a row lie side by side. */
  static AttentionOperand allocate(Shape shape, DType dtype, Device device) {
    Shape memory = Shape.of(shape.dim(0), shape.dim(2), shape.dim(1), shape.dim(3));
    Tensor out = Tensor.allocate("ATTENTION", memory, dtype, device);
    Layout turned = out.layout().permute(new int[] {0, 2, 1, 3});
    return on(out.withLayout(turned));
  }

  /** {@code t} itself, whose rows must be dense. */
  static AttentionOperand on(Tensor t) {
    int bytes = t.dtype().bytes();
    long[] s = t.strides();
    return new AttentionOperand(t, s[0] * bytes, s[1] * bytes, s[2], bytes);
  }

  /** Bytes from the first element to row {@code r} of a head. */
  long at(long b, long h, long r) {
    return b * batch + h * head + r * row * bytes;
  }

  /** The leading dimension of {@code rows} rows: one row's stride means nothing. */
  long leading(long rows) {
    return Math.max(1, rows == 1 ? Math.max(row, tensor.dim(3)) : row);
  }

  /** Zeros in {@code count} rows from an address on. */
  void zero(long address, long count) {
    for (long r = 0; r < count; r++) {
      HostMemory.fill(address + r * row * bytes, tensor.dim(3) * bytes, (byte) 0);
    }
  }
}
