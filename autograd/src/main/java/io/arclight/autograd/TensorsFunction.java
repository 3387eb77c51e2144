package io.arclight.autograd;

import io.arclight.tensor.Tensor;

/** A function of tensors that gives several. */
@FunctionalInterface
public interface TensorsFunction {
  Tensor[] applyAll(Tensor... inputs);
}
