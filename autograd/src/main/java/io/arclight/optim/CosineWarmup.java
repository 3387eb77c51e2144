package io.arclight.optim;

/**
 * Rises linearly over {@code warmupSteps} to the initial learning rate, then falls along a half
 * cosine, to {@code minFactor} of it at {@code totalSteps}, and stays there.
 */
public final class CosineWarmup extends LRScheduler {
  private final long warmupSteps;
  private final long totalSteps;
  private final double minFactor;

  /** Falls to 0. */
  public CosineWarmup(Optimizer optimizer, long warmupSteps, long totalSteps) {
    this(optimizer, warmupSteps, totalSteps, 0);
  }

  /** Falls to {@code minFactor} times the initial rate. */
  public CosineWarmup(Optimizer optimizer, long warmupSteps, long totalSteps, double minFactor) {
    super(optimizer);
    if (warmupSteps < 0 || totalSteps < warmupSteps) {
      throw new IllegalArgumentException(
          "CosineWarmup: needs 0 <= warmupSteps <= totalSteps, got "
              + warmupSteps
              + " and "
              + totalSteps);
    }
    this.warmupSteps = warmupSteps;
    this.totalSteps = totalSteps;
    this.minFactor = minFactor;
    start();
  }

  @Override
  double lr(double initial, long step) {
    return initial * factor(step);
  }

  private double factor(long step) {
    if (step < warmupSteps) {
      return (step + 1.0) / (warmupSteps + 1.0);
    }
    if (step >= totalSteps) {
      return minFactor;
    }
    double progress = (step - warmupSteps) / (double) (totalSteps - warmupSteps);
    return minFactor + (1 - minFactor) * (1 + Math.cos(Math.PI * progress)) / 2;
  }
}
