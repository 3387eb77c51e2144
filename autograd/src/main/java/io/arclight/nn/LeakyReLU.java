package io.arclight.nn;

/** {@code x} where positive, else {@code negativeSlope * x}. */
public final class LeakyReLU extends Activation {
  private final double negativeSlope;

  /** A slope of 0.01. */
  public LeakyReLU() {
    this(0.01);
  }

  /** With this slope below 0. */
  public LeakyReLU(double negativeSlope) {
    super(ActivationFunctions.leakyReluOp(negativeSlope));
    this.negativeSlope = negativeSlope;
  }

  @Override
  String arguments() {
    return "negative_slope=" + negativeSlope;
  }
}
