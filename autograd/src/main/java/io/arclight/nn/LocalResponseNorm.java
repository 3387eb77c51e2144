package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@link Functional#localResponseNorm} over the channels of [n, channels, places...]. */
public final class LocalResponseNorm extends ResponseNorm<LocalResponseNorm> {
  /** Over windows of {@code size} channels; alpha 1e-4, beta 0.75, k 1. */
  public LocalResponseNorm(long size) {
    super(size);
  }

  @Override
  LocalResponseNorm self() {
    return this;
  }

  @Override
  Tensor forward(Tensor input, long size, double alpha, double beta, double k) {
    return Functional.localResponseNorm(input, size, alpha, beta, k);
  }
}
