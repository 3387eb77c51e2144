package io.arclight.optim;

/** Holds the learning rate at {@code factor} of the initial one for some steps. */
public final class ConstantLR extends LRScheduler {
  private final double factor;
  private final long totalIters;

  /** A third for 5 steps. */
  public ConstantLR(Optimizer optimizer) {
    this(optimizer, 1.0 / 3, 5);
  }

  /** A share of the rate for so many steps. */
  public ConstantLR(Optimizer optimizer, double factor, long totalIters) {
    super(optimizer);
    this.factor = Optimizer.requireShare("ConstantLR: factor", factor);
    this.totalIters = totalIters;
    start();
  }

  @Override
  double lr(double initial, long step) {
    return step < totalIters ? initial * factor : initial;
  }
}
