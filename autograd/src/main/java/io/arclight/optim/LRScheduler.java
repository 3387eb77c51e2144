package io.arclight.optim;

import java.util.ArrayList;
import java.util.List;

/** Sets the learning rates of an optimizer's groups as training goes on. */
public abstract class LRScheduler {
  private static final String INITIAL = "initial_lr";

  private final Optimizer optimizer;
  private long lastStep;

  LRScheduler(Optimizer optimizer) {
    this.optimizer = optimizer;
    for (ParamGroup group : optimizer.paramGroups()) {
      if (!group.options().containsKey(INITIAL)) {
        group.set(INITIAL, group.lr());
      }
    }
  }

  /** The factor of the initial learning rate at {@code step}, from 0. */
  abstract double factor(long step);

  final void start() {
    apply();
  }

  /** Goes on by one; call it after {@link Optimizer#step()}. */
  public final void step() {
    lastStep++;
    apply();
  }

  /** Steps taken. */
  public final long lastStep() {
    return lastStep;
  }

  /** Continues from {@code step} steps taken, as after loading a checkpoint. */
  public final void lastStep(long step) {
    lastStep = step;
    apply();
  }

  /** The learning rates now, by group. */
  public final List<Double> lastLr() {
    List<Double> out = new ArrayList<>();
    optimizer.paramGroups().forEach(group -> out.add(group.lr()));
    return out;
  }

  private void apply() {
    double factor = factor(lastStep);
    for (ParamGroup group : optimizer.paramGroups()) {
      group.lr(group.number(INITIAL) * factor);
    }
  }
}
