package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code x} times the standard normal distribution function of {@code x}. */
public final class GELU extends Layer {
  @Override
  public Tensor forward(Tensor input) {
    return input.gelu();
  }
}
