package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code x * sigmoid(x)}. */
public final class SiLU extends Layer {
  @Override
  public Tensor forward(Tensor input) {
    return input.silu();
  }
}
