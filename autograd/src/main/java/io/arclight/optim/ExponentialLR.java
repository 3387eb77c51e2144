package io.arclight.optim;

/** Multiplies the learning rate by {@code gamma} in every step. */
public final class ExponentialLR extends LRScheduler {
  private final double gamma;

  /** By {@code gamma} in every step. */
  public ExponentialLR(Optimizer optimizer, double gamma) {
    super(optimizer);
    this.gamma = gamma;
    start();
  }

  @Override
  double lr(double initial, long step) {
    return initial * Math.pow(gamma, step);
  }
}
