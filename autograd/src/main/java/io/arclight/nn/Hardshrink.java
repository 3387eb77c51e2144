package io.arclight.nn;

/** 0 where {@code |x|} is at most {@code lambda}. */
public final class Hardshrink extends Activation {
  private final double lambda;

  /** A lambda of 0.5. */
  public Hardshrink() {
    this(0.5);
  }

  /** 0 up to a size of {@code lambda}. */
  public Hardshrink(double lambda) {
    super(ActivationFunctions.hardshrinkOp(lambda));
    this.lambda = lambda;
  }

  @Override
  String arguments() {
    return "" + lambda;
  }
}
