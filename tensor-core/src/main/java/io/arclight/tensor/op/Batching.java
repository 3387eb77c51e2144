package io.arclight.tensor.op;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/** The default batching rule. */
final class Batching {
  private Batching() {}

  /** {@code shape} behind a batch axis. */
  static Shape lead(long size, Shape shape) {
    long[] dims = new long[shape.rank() + 1];
    dims[0] = size;
    System.arraycopy(shape.toArray(), 0, dims, 1, shape.rank());
    return Shape.of(dims);
  }

  /** {@code x} with a batch axis, which is added by expansion where it has none. */
  static Tensor batched(long size, boolean batched, Tensor x) {
    return batched ? x : x.unsqueeze(0).expand(lead(size, x.shape()));
  }

  static Tensor[] batched(long size, boolean[] batched, Tensor... in) {
    Tensor[] out = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = batched(size, batched[i], in[i]);
    }
    return out;
  }

  /** Dimension {@code dim} of a slice, counted with the batch axis before it. */
  static int behind(int dim) {
    return dim < 0 ? dim : dim + 1;
  }

  /** An index [size, k] into dimension {@code dim} for every element of {@code shape}. */
  static Tensor spread(Tensor index, int dim, Shape shape) {
    long[] dims = new long[shape.rank()];
    java.util.Arrays.fill(dims, 1);
    dims[0] = index.dim(0);
    dims[dim] = index.dim(1);
    return index.reshape(Shape.of(dims)).expand(shape);
  }

  static Tensor[] loop(Op op, long size, boolean[] batched, Tensor... inputs) {
    if (size == 0) {
      throw new ShapeException(op.name() + ": vmap over an axis of size 0");
    }
    Tensor[][] rows = new Tensor[(int) size][];
    for (int r = 0; r < size; r++) {
      Tensor[] slice = new Tensor[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        slice[i] = batched[i] ? inputs[i].select(0, r) : inputs[i];
      }
      rows[r] = Tensor.applyAll(op, slice);
    }
    Tensor[] out = new Tensor[rows[0].length];
    for (int o = 0; o < out.length; o++) {
      Tensor[] parts = new Tensor[rows.length];
      for (int r = 0; r < parts.length; r++) {
        parts[r] = rows[r][o];
      }
      out[o] = Tensor.stack(0, parts);
    }
    return out;
  }
}
