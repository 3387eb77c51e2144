package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code log(1 + exp(x))}. */
public final class Softplus extends Layer {
  @Override
  public Tensor forward(Tensor input) {
    return input.softplus();
  }
}
