package io.arclight.optim;

/** Multiplies the learning rate by {@code gamma} every {@code stepSize} steps. */
public final class StepLR extends LRScheduler {
  private static final double GAMMA = 0.1;

  private final long stepSize;
  private final double gamma;

  /** A gamma of 0.1. */
  public StepLR(Optimizer optimizer, long stepSize) {
    this(optimizer, stepSize, GAMMA);
  }

  /** By {@code gamma} every {@code stepSize} steps. */
  public StepLR(Optimizer optimizer, long stepSize, double gamma) {
    super(optimizer);
    if (stepSize < 1) {
      throw new IllegalArgumentException("StepLR: stepSize must be at least 1, not " + stepSize);
    }
    this.stepSize = stepSize;
    this.gamma = gamma;
    start();
  }

  @Override
  double lr(double initial, long step) {
    return initial * Math.pow(gamma, Math.floorDiv(step, stepSize));
  }
}
