package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code x} where positive, else {@code negativeSlope * x}. */
public final class LeakyReLU extends Layer {
  private final double negativeSlope;

  /** A slope of 0.01. */
  public LeakyReLU() {
    this(0.01);
  }

  public LeakyReLU(double negativeSlope) {
    this.negativeSlope = negativeSlope;
  }

  @Override
  public Tensor forward(Tensor input) {
    return input.leakyRelu(negativeSlope);
  }

  @Override
  protected String extra() {
    return "negative_slope=" + negativeSlope;
  }
}
