package io.arclight.optim;

import java.util.List;

/** Several schedulers at once: each is applied to what the one before gives. */
public final class ChainedScheduler extends LRScheduler {
  private final List<LRScheduler> schedulers;

  /**
   * @param schedulers of one optimizer, at least one
   */
  public ChainedScheduler(List<LRScheduler> schedulers) {
    super(schedulers.get(0).optimizer());
    requireSame("ChainedScheduler", optimizer(), schedulers);
    this.schedulers = List.copyOf(schedulers);
    start();
  }

  static void requireSame(String name, Optimizer optimizer, List<LRScheduler> schedulers) {
    for (LRScheduler scheduler : schedulers) {
      if (scheduler.optimizer() != optimizer) {
        throw new IllegalArgumentException(name + ": all schedulers must be of one optimizer");
      }
    }
  }

  @Override
  double lr(double initial, long step) {
    double lr = initial;
    for (LRScheduler scheduler : schedulers) {
      lr = scheduler.lr(lr, step);
    }
    return lr;
  }

  @Override
  void adjust(ParamGroup group, long step) {
    schedulers.forEach(scheduler -> scheduler.adjust(group, step));
  }
}
