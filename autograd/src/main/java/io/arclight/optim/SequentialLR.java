package io.arclight.optim;

import java.util.List;

/** One scheduler after the other; each begins at its milestone with the initial learning rate. */
public final class SequentialLR extends LRScheduler {
  private final List<LRScheduler> schedulers;
  private final List<Long> milestones;

  /**
   * @param milestones the steps at which the second and later ones take over, rising
   */
  public SequentialLR(Optimizer optimizer, List<LRScheduler> schedulers, List<Long> milestones) {
    super(optimizer);
    if (schedulers.isEmpty() || milestones.size() != schedulers.size() - 1) {
      throw new IllegalArgumentException(
          "SequentialLR: "
              + schedulers.size()
              + " schedulers need one milestone less, not "
              + milestones.size());
    }
    ChainedScheduler.requireSame("SequentialLR", optimizer, schedulers);
    this.schedulers = List.copyOf(schedulers);
    this.milestones = List.copyOf(milestones);
    start();
  }

  @Override
  double lr(double initial, long step) {
    int at = current(step);
    return schedulers.get(at).lr(initial, step - begin(at));
  }

  @Override
  void adjust(ParamGroup group, long step) {
    int at = current(step);
    schedulers.get(at).adjust(group, step - begin(at));
  }

  private int current(long step) {
    return (int) milestones.stream().filter(m -> m <= step).count();
  }

  private long begin(int scheduler) {
    return scheduler == 0 ? 0 : milestones.get(scheduler - 1);
  }
}
