package io.arclight.nn;

/** {@code x} less {@code lambda} in magnitude, 0 within it. */
public final class Softshrink extends Activation {
  private final double lambda;

  /** A lambda of 0.5. */
  public Softshrink() {
    this(0.5);
  }

  /** Towards 0 by {@code lambda}. */
  public Softshrink(double lambda) {
    super(ActivationFunctions.softshrinkOp(lambda));
    this.lambda = lambda;
  }

  @Override
  String arguments() {
    return "" + lambda;
  }
}
