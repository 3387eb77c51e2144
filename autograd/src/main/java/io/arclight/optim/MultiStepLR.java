package io.arclight.optim;

import java.util.List;

/** Multiplies the learning rate by {@code gamma} at each milestone, which may repeat. */
public final class MultiStepLR extends LRScheduler {
  private final List<Long> milestones;
  private final double gamma;

  /** A gamma of 0.1. */
  public MultiStepLR(Optimizer optimizer, List<Long> milestones) {
    this(optimizer, milestones, 0.1);
  }

  /**
   * @param milestones numbers of steps
   */
  public MultiStepLR(Optimizer optimizer, List<Long> milestones, double gamma) {
    super(optimizer);
    this.milestones = List.copyOf(milestones);
    this.gamma = gamma;
    start();
  }

  @Override
  double lr(double initial, long step) {
    return initial * Math.pow(gamma, milestones.stream().filter(m -> m <= step).count());
  }
}
