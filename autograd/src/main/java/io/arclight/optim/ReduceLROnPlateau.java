package io.arclight.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/** Lowers the learning rates when a metric has stopped improving. */
public final class ReduceLROnPlateau {
  /** What an improvement is. */
  public enum Mode {
    MIN,
    MAX
  }

  /** What the threshold is measured by. */
  public enum ThresholdMode {
    /** The best value. */
    RELATIVE,
    /** 1. */
    ABSOLUTE
  }

  /** Changes below this are not made. */
  private static final double EPS = 1e-8;

  private final Optimizer optimizer;
  private final Mode mode;
  private double factor = 0.1;
  private long patience = 10;
  private double threshold = 1e-4;
  private ThresholdMode thresholdMode = ThresholdMode.RELATIVE;
  private long cooldown;
  private double minLr;
  private double best;
  private long badSteps;
  private long cooldownLeft;
  private long lastStep;

  /** For a metric that should fall. */
  public ReduceLROnPlateau(Optimizer optimizer) {
    this(optimizer, Mode.MIN);
  }

  /** For a metric that should fall or rise. */
  public ReduceLROnPlateau(Optimizer optimizer, Mode mode) {
    this.optimizer = optimizer;
    this.mode = mode;
    best = mode == Mode.MIN ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  /** What the learning rate is multiplied by; 0.1 unless set. */
  public ReduceLROnPlateau factor(double value) {
    if (!(value > 0 && value < 1)) {
      throw new IllegalArgumentException(
          "ReduceLROnPlateau: factor must be in (0, 1), not " + value);
    }
    factor = value;
    return this;
  }

  /** How many steps without improvement are borne; 10 unless set. */
  public ReduceLROnPlateau patience(long value) {
    patience = value;
    return this;
  }

  /** The least improvement; 1e-4 of the best unless set. */
  public ReduceLROnPlateau threshold(double value, ThresholdMode measure) {
    threshold = Optimizer.requireAtLeastZero("threshold", value);
    thresholdMode = measure;
    return this;
  }

  /** How many steps after a reduction do not count; 0 unless set. */
  public ReduceLROnPlateau cooldown(long value) {
    cooldown = value;
    return this;
  }

  /** Where reductions end; 0 unless set. */
  public ReduceLROnPlateau minLr(double value) {
    minLr = Optimizer.requireAtLeastZero("minLr", value);
    return this;
  }

  /** Takes in the metric, usually once an epoch. NaN is no improvement. */
  public void step(double metric) {
    lastStep++;
    if (improves(metric)) {
      best = metric;
      badSteps = 0;
    } else {
      badSteps++;
    }
    if (cooldownLeft > 0) {
      cooldownLeft--;
      badSteps = 0;
    }
    if (badSteps > patience) {
      reduce();
      cooldownLeft = cooldown;
      badSteps = 0;
    }
  }

  private boolean improves(double metric) {
    double margin =
        thresholdMode == ThresholdMode.ABSOLUTE || Double.isInfinite(best)
            ? threshold
            : threshold * best;
    return mode == Mode.MIN ? metric < best - margin : metric > best + margin;
  }

  private void reduce() {
    for (ParamGroup group : optimizer.paramGroups()) {
      double next = Math.max(group.lr() * factor, minLr);
      if (group.lr() - next > EPS) {
        group.lr(next);
      }
    }
  }

  /** Where it is, by PyTorch's names. */
  public Map<String, Object> stateDict() {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("best", best);
    out.put("num_bad_epochs", badSteps);
    out.put("cooldown_counter", cooldownLeft);
    out.put("last_epoch", lastStep);
    return out;
  }

  /** Continues where {@link #stateDict()} was taken. */
  public void loadStateDict(Map<String, Object> state) {
    best = number(state, "best").doubleValue();
    badSteps = number(state, "num_bad_epochs").longValue();
    cooldownLeft = number(state, "cooldown_counter").longValue();
    lastStep = number(state, "last_epoch").longValue();
  }

  private static Number number(Map<String, Object> state, String name) {
    if (state.get(name) instanceof Number n) {
      return n;
    }
    throw new IllegalArgumentException(
        "the state of ReduceLROnPlateau has no number '" + name + "': it has " + state.keySet());
  }
}
