package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;

/** The default batching rule. */
final class Batching {
  private Batching() {}

  static Tensor[] loop(Op op, long size, boolean[] batched, Tensor... inputs) {
    if (size == 0) {
      throw new io.arclight.tensor.ShapeException(op.name() + ": vmap over an axis of size 0");
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
