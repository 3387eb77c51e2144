package io.arclight.nn;

/** {@code x} where positive, else {@code alpha * (exp(x) - 1)}. */
public final class ELU extends Activation {
  private final double alpha;

  /** An alpha of 1. */
  public ELU() {
    this(1);
  }

  /** Down to {@code -alpha}. */
  public ELU(double alpha) {
    super(ActivationFunctions.eluOp(alpha));
    this.alpha = alpha;
  }

  @Override
  String arguments() {
    return "alpha=" + alpha;
  }
}
