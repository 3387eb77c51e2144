package io.arclight.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sets the learning rates of an optimizer's groups as training goes on: a function of each group's
 * initial rate and the number of steps taken.
 *
 * <pre>{@code
 * var scheduler = new CosineAnnealingLR(optimizer, epochs);
 * for (...) {
 *   ...
 *   optimizer.step();
 *   scheduler.step();
 * }
 * }</pre>
 */
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

  /** The learning rate after {@code step} steps of a group that began with {@code initial}. */
  abstract double lr(double initial, long step);

  /** Sets what else changes with the step, such as momentum. */
  void adjust(ParamGroup group, long step) {}

  final Optimizer optimizer() {
    return optimizer;
  }

  /** The last line of every constructor. */
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

  /** The learning rates at the beginning, by group. */
  public final List<Double> baseLrs() {
    List<Double> out = new ArrayList<>();
    optimizer.paramGroups().forEach(group -> out.add(group.number(INITIAL)));
    return out;
  }

  /** Where the schedule is, by PyTorch's names. */
  public final Map<String, Object> stateDict() {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("base_lrs", baseLrs());
    out.put("last_epoch", lastStep);
    out.put("_step_count", lastStep + 1);
    out.put("_last_lr", lastLr());
    return out;
  }

  /** Continues where {@link #stateDict()} was taken. */
  public final void loadStateDict(Map<String, Object> state) {
    if (!(state.get("last_epoch") instanceof Number step)
        || !(state.get("base_lrs") instanceof List<?> initial)
        || initial.size() != optimizer.paramGroups().size()) {
      throw new IllegalArgumentException(
          "the state of a scheduler of "
              + optimizer.paramGroups().size()
              + " groups needs last_epoch and base_lrs, but this one is "
              + state);
    }
    for (int i = 0; i < initial.size(); i++) {
      optimizer.paramGroups().get(i).set(INITIAL, ((Number) initial.get(i)).doubleValue());
    }
    lastStep(step.longValue());
  }

  private void apply() {
    optimizer.paramGroups().forEach(group -> apply(group, lastStep));
  }

  /** Sets what {@code group} has after {@code step} steps. */
  void apply(ParamGroup group, long step) {
    group.lr(lr(group.number(INITIAL), step));
    adjust(group, step);
  }

  static long requireSteps(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
    return value;
  }
}
