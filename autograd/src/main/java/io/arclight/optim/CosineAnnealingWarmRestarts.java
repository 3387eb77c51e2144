package io.arclight.optim;

/**
 * Follows half a cosine from the initial learning rate to {@code etaMin}, then starts again; each
 * round is {@code tMult} times as long as the one before (Loshchilov and Hutter, 2017).
 */
public final class CosineAnnealingWarmRestarts extends LRScheduler {
  private final long first;
  private final long multiple;
  private final double etaMin;

  /** Rounds of {@code t0} steps, down to 0. */
  public CosineAnnealingWarmRestarts(Optimizer optimizer, long t0) {
    this(optimizer, t0, 1, 0);
  }

  /**
   * Rounds of {@code t0} steps, each {@code tMult} times as long as the last, down to {@code
   * etaMin}.
   */
  public CosineAnnealingWarmRestarts(Optimizer optimizer, long t0, long tMult, double etaMin) {
    super(optimizer);
    this.first = requireSteps("CosineAnnealingWarmRestarts: t0", t0);
    this.multiple = requireSteps("CosineAnnealingWarmRestarts: tMult", tMult);
    this.etaMin = etaMin;
    start();
  }

  @Override
  double lr(double initial, long step) {
    long at = step;
    long round = first;
    if (multiple == 1) {
      at %= first;
    }
    while (at >= round) {
      at -= round;
      round *= multiple;
    }
    return etaMin + (initial - etaMin) * (1 + Math.cos(Math.PI * at / round)) / 2;
  }
}
