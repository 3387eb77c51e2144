package io.arclight.optim;

/** Falls to 0 by a power of the share of steps that are left. */
public final class PolynomialLR extends LRScheduler {
  private final long totalIters;
  private final double power;

  /** Evenly in 5 steps. */
  public PolynomialLR(Optimizer optimizer) {
    this(optimizer, 5, 1);
  }

  /** In so many steps, by {@code (1 - step / totalIters)^power}. */
  public PolynomialLR(Optimizer optimizer, long totalIters, double power) {
    super(optimizer);
    this.totalIters = requireSteps("PolynomialLR: totalIters", totalIters);
    this.power = power;
    start();
  }

  @Override
  double lr(double initial, long step) {
    double left = 1 - Math.min(step, totalIters) / (double) totalIters;
    return initial * Math.pow(left, power);
  }
}
