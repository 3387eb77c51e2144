package io.arclight.optim;

/**
 * Swings between two learning rates, the momentum the other way (Smith, "Cyclical learning rates
 * for training neural networks", 2017).
 */
public final class CyclicLR extends LRScheduler {
  /** How the height of the swings changes. */
  public enum Mode {
    /** Not at all. */
    TRIANGULAR,
    /** It halves with every swing. */
    TRIANGULAR2,
    /** It is multiplied by gamma in every step. */
    EXP_RANGE
  }

  private final double baseLr;
  private final double maxLr;
  private long stepSizeUp = 2000;
  private long stepSizeDown = 2000;
  private Mode mode = Mode.TRIANGULAR;
  private double gamma = 1;
  private double baseMomentum = 0.8;
  private double maxMomentum = 0.9;
  private boolean cycleMomentum = true;

  /** Swings of 2000 steps up and as many down. */
  public CyclicLR(Optimizer optimizer, double baseLr, double maxLr) {
    super(optimizer);
    this.baseLr = Optimizer.requireAtLeastZero("CyclicLR: baseLr", baseLr);
    this.maxLr = Optimizer.requireAtLeastZero("CyclicLR: maxLr", maxLr);
    start();
  }

  /** So many steps up and down; 2000 each unless set. */
  public CyclicLR stepSizes(long up, long down) {
    stepSizeUp = requireSteps("CyclicLR: stepSizeUp", up);
    stepSizeDown = requireSteps("CyclicLR: stepSizeDown", down);
    start();
    return this;
  }

  /** How the height of cycles changes. */
  public CyclicLR mode(Mode value) {
    mode = value;
    start();
    return this;
  }

  /** {@link Mode#EXP_RANGE} with this factor. */
  public CyclicLR expRange(double factor) {
    gamma = Optimizer.requirePositive("CyclicLR: gamma", factor);
    return mode(Mode.EXP_RANGE);
  }

  /** The momentum at the top and at the foot; 0.8 and 0.9 unless set. */
  public CyclicLR momentum(double base, double max) {
    baseMomentum = base;
    maxMomentum = max;
    start();
    return this;
  }

  /** Leaves the momentum alone. */
  public CyclicLR keepMomentum() {
    cycleMomentum = false;
    return this;
  }

  @Override
  double lr(double initial, long step) {
    return baseLr + (maxLr - baseLr) * height(step);
  }

  @Override
  void adjust(ParamGroup group, long step) {
    if (cycleMomentum) {
      MomentumCycle.require("CyclicLR", optimizer());
      MomentumCycle.set(group, maxMomentum - (maxMomentum - baseMomentum) * height(step));
    }
  }

  private double height(long step) {
    long whole = stepSizeUp + stepSizeDown;
    long cycle = step / whole;
    long at = step % whole;
    double swing =
        at <= stepSizeUp ? at / (double) stepSizeUp : (whole - at) / (double) stepSizeDown;
    return swing
        * switch (mode) {
          case TRIANGULAR -> 1;
          case TRIANGULAR2 -> Math.pow(2, -cycle);
          case EXP_RANGE -> Math.pow(gamma, step);
        };
  }
}
