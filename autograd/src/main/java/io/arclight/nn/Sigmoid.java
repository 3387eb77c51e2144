package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code 1 / (1 + exp(-x))}. */
public final class Sigmoid extends Layer {
  @Override
  public Tensor forward(Tensor input) {
    return input.sigmoid();
  }
}
