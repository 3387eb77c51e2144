package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** A loss of each element. */
interface ElementwiseLoss extends Loss {
  @Override
  default double divisor(Tensor prediction, Tensor target) {
    return prediction.elements();
  }
}
