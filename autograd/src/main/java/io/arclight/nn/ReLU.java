package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code max(x, 0)}. */
public final class ReLU extends Layer {
  @Override
  public Tensor forward(Tensor input) {
    return input.relu();
  }
}
