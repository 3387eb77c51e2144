package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code x} where positive, else {@code alpha * (exp(x) - 1)}. */
public final class ELU extends Layer {
  private final double alpha;

  /** An alpha of 1. */
  public ELU() {
    this(1);
  }

  public ELU(double alpha) {
    this.alpha = alpha;
  }

  @Override
  public Tensor forward(Tensor input) {
    return input.elu(alpha);
  }

  @Override
  protected String extra() {
    return "alpha=" + alpha;
  }
}
