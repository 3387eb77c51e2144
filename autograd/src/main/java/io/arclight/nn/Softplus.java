package io.arclight.nn;

/** {@code log(1 + exp(beta x)) / beta}; {@code x} where {@code beta x} is above the threshold. */
public final class Softplus extends Activation {
  private final double beta;
  private final double threshold;

  /** A beta of 1 and a threshold of 20. */
  public Softplus() {
    this(1, 20);
  }

  /** Of this sharpness; {@code beta x} above the threshold goes through as it is. */
  public Softplus(double beta, double threshold) {
    super(ActivationFunctions.softplusOp(beta, threshold));
    this.beta = beta;
    this.threshold = threshold;
  }

  @Override
  String arguments() {
    return "beta=" + beta + ", threshold=" + threshold;
  }
}
