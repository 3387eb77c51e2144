package io.arclight.optim;

/**
 * Follows half a cosine from the initial learning rate to {@code etaMin} in {@code tMax} steps, and
 * back in as many (Loshchilov and Hutter, 2017, without restarts).
 */
public final class CosineAnnealingLR extends LRScheduler {
  private final long tMax;
  private final double etaMin;

  /** Falls to 0. */
  public CosineAnnealingLR(Optimizer optimizer, long tMax) {
    this(optimizer, tMax, 0);
  }

  /** Falls to {@code etaMin}. */
  public CosineAnnealingLR(Optimizer optimizer, long tMax, double etaMin) {
    super(optimizer);
    this.tMax = requireSteps("CosineAnnealingLR: tMax", tMax);
    this.etaMin = etaMin;
    start();
  }

  @Override
  double lr(double initial, long step) {
    double wave = (1 + Math.cos(Math.PI * step / tMax)) / 2;
    return etaMin + (initial - etaMin) * wave;
  }
}
