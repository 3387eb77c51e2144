package io.arclight.nn;

/** {@code value} where {@code x} is at most {@code threshold}. */
public final class Threshold extends Activation {
  private final double threshold;
  private final double value;

  /** {@code value} up to the threshold. */
  public Threshold(double threshold, double value) {
    super(ActivationFunctions.thresholdOp(threshold, value));
    this.threshold = threshold;
    this.value = value;
  }

  @Override
  String arguments() {
    return "threshold=" + threshold + ", value=" + value;
  }
}
