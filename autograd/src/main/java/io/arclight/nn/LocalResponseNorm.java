package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@link Functional#localResponseNorm} over the channels of [n, channels, places...]. */
public final class LocalResponseNorm extends Layer {
  private final long size;
  private double alpha = 1e-4;
  private double beta = 0.75;
  private double k = 1;

  /** Over windows of {@code size} channels; alpha 1e-4, beta 0.75, k 1. */
  public LocalResponseNorm(long size) {
    this.size = size;
  }

  public LocalResponseNorm alpha(double value) {
    alpha = value;
    return this;
  }

  public LocalResponseNorm beta(double value) {
    beta = value;
    return this;
  }

  public LocalResponseNorm k(double value) {
    k = value;
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.localResponseNorm(input, size, alpha, beta, k);
  }

  @Override
  protected String extra() {
    return size
        + ", alpha="
        + Repr.number(alpha)
        + ", beta="
        + Repr.number(beta)
        + ", k="
        + Repr.number(k);
  }
}
