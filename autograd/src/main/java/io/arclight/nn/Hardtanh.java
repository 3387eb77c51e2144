package io.arclight.nn;

/** {@code min(max(x, minVal), maxVal)}. */
public final class Hardtanh extends Activation {
  private final double minVal;
  private final double maxVal;

  /** From -1 to 1. */
  public Hardtanh() {
    this(-1, 1);
  }

  /** Bounded by {@code minVal} and {@code maxVal}. */
  public Hardtanh(double minVal, double maxVal) {
    super(ActivationFunctions.hardtanhOp(minVal, maxVal));
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  @Override
  String arguments() {
    return "min_val=" + minVal + ", max_val=" + maxVal;
  }
}
