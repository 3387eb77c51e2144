package io.arclight.autograd;

import io.arclight.tensor.Tensor;

/** A function of tensors that gives one. */
@FunctionalInterface
public interface TensorFunction {
  /** The function's value. */
  Tensor apply(Tensor... inputs);

  /** As a function that gives an array of one. */
  default TensorsFunction all() {
    return in -> new Tensor[] {apply(in)};
  }
}
