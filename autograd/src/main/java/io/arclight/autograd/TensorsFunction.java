package io.arclight.autograd;

import io.arclight.tensor.Tensor;

/** A function of tensors that gives several. */
@FunctionalInterface
public interface TensorsFunction {
  /** The function's values. */
  Tensor[] applyAll(Tensor... inputs);
}
