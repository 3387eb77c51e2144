package io.arclight.optim;

/** Goes from one factor of the initial learning rate to another, evenly, and stays there. */
public final class LinearLR extends LRScheduler {
  private final double startFactor;
  private final double endFactor;
  private final long totalIters;

  /** From a third to all in 5 steps. */
  public LinearLR(Optimizer optimizer) {
    this(optimizer, 1.0 / 3, 1, 5);
  }

  /** From one share of the rate to another in so many steps. */
  public LinearLR(Optimizer optimizer, double startFactor, double endFactor, long totalIters) {
    super(optimizer);
    this.startFactor = Optimizer.requireShare("LinearLR: startFactor", startFactor);
    this.endFactor = Optimizer.requireShare("LinearLR: endFactor", endFactor);
    this.totalIters = requireSteps("LinearLR: totalIters", totalIters);
    start();
  }

  @Override
  double lr(double initial, long step) {
    double share = Math.min(step, totalIters) / (double) totalIters;
    return initial * (startFactor + (endFactor - startFactor) * share);
  }
}
