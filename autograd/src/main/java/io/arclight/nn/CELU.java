package io.arclight.nn;

/** {@code x} where positive, else {@code alpha * (exp(x / alpha) - 1)}. */
public final class CELU extends Activation {
  private final double alpha;

  /** An alpha of 1. */
  public CELU() {
    this(1);
  }

  /** Down to {@code -alpha}. */
  public CELU(double alpha) {
    super(ActivationFunctions.celuOp(alpha));
    this.alpha = alpha;
  }

  @Override
  String arguments() {
    return "alpha=" + alpha;
  }
}
