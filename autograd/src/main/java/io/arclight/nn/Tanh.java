package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The hyperbolic tangent. */
public final class Tanh extends Layer {
  @Override
  public Tensor forward(Tensor input) {
    return input.tanh();
  }
}
