package io.arclight.tensor.op;

import io.arclight.tensor.Tensor;
import java.util.List;

/** An application of an operation that its tests are generated from. */
public record Sample(Op op, List<Tensor> inputs) {
  static Sample of(Op op, Tensor... inputs) {
    return new Sample(op, List.of(inputs));
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder(op.toString());
    for (Tensor t : inputs) {
      s.append(' ').append(t.dtype()).append(t.shape());
    }
    return s.toString();
  }
}
