package io.arclight.optim;

import java.util.ArrayList;
import java.util.List;

/**
 * One rise of the learning rate to {@code maxLr} and one fall far below where it began, the
 * momentum going the other way (Smith and Topin, 2018). It begins at maxLr / 25 and ends at 1e-4 of
 * that.
 */
public final class OneCycleLR extends LRScheduler {
  /** The way between two values. */
  public enum Anneal {
    COSINE,
    LINEAR
  }

  private record Phase(double end, double lr, double momentum) {}

  private final double maxLr;
  private final long totalSteps;
  private double riseShare = 0.3;
  private Anneal anneal = Anneal.COSINE;
  private boolean threePhase;
  private double divFactor = 25;
  private double finalDivFactor = 1e4;
  private double baseMomentum = 0.85;
  private double maxMomentum = 0.95;
  private boolean cycleMomentum = true;
  private List<Phase> phases;

  /**
   * @param totalSteps of the whole cycle
   */
  public OneCycleLR(Optimizer optimizer, double maxLr, long totalSteps) {
    super(optimizer);
    this.maxLr = Optimizer.requirePositive("OneCycleLR: maxLr", maxLr);
    this.totalSteps = requireSteps("OneCycleLR: totalSteps", totalSteps);
    restart();
  }

  /** The share of the steps in which the learning rate rises; 0.3 unless set. */
  public OneCycleLR riseShare(double value) {
    riseShare = Optimizer.requireShare("OneCycleLR: riseShare", value);
    return restart();
  }

  /** Along a cosine or a line. */
  public OneCycleLR anneal(Anneal value) {
    anneal = value;
    return restart();
  }

  /** Falls as it rose, and only then far below. */
  public OneCycleLR threePhase() {
    threePhase = true;
    return restart();
  }

  /** Begins at maxLr / {@code initial} and ends at 1 / {@code last} of that. */
  public OneCycleLR divFactors(double initial, double last) {
    divFactor = Optimizer.requirePositive("OneCycleLR: divFactor", initial);
    finalDivFactor = Optimizer.requirePositive("OneCycleLR: finalDivFactor", last);
    return restart();
  }

  /** The momentum at the top and at the ends; 0.85 and 0.95 unless set. */
  public OneCycleLR momentum(double base, double max) {
    baseMomentum = base;
    maxMomentum = max;
    return restart();
  }

  /** Leaves the momentum alone. */
  public OneCycleLR keepMomentum() {
    cycleMomentum = false;
    return restart();
  }

  private OneCycleLR restart() {
    double low = maxLr / divFactor;
    double rise = riseShare * totalSteps - 1;
    phases = new ArrayList<>();
    phases.add(new Phase(0, low, maxMomentum));
    phases.add(new Phase(rise, maxLr, baseMomentum));
    if (threePhase) {
      phases.add(new Phase(2 * rise, low, maxMomentum));
    }
    phases.add(new Phase(totalSteps - 1, low / finalDivFactor, maxMomentum));
    start();
    return this;
  }

  @Override
  double lr(double initial, long step) {
    return at(step, true);
  }

  @Override
  void adjust(ParamGroup group, long step) {
    if (cycleMomentum) {
      MomentumCycle.require("OneCycleLR", optimizer());
      MomentumCycle.set(group, at(step, false));
    }
  }

  private double at(long step, boolean rate) {
    if (step > totalSteps) {
      throw new IllegalStateException(
          "OneCycleLR: step " + step + " of a cycle of " + totalSteps + " steps");
    }
    int next = 1;
    while (next < phases.size() - 1 && step > phases.get(next).end) {
      next++;
    }
    Phase from = phases.get(next - 1);
    Phase to = phases.get(next);
    double share = (step - from.end) / (to.end - from.end);
    double a = rate ? from.lr : from.momentum;
    double b = rate ? to.lr : to.momentum;
    return anneal == Anneal.LINEAR
        ? a + (b - a) * share
        : b + (a - b) / 2 * (1 + Math.cos(Math.PI * share));
  }
}
