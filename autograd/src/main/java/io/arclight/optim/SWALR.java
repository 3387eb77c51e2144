package io.arclight.optim;

/**
 * Takes the learning rates from where they are to a fixed one, at which weights are averaged
 * (Izmailov et al., 2018): over 10 steps along a half cosine unless set otherwise.
 *
 * <pre>{@code
 * var averaged = new AveragedModel(model, () -> new Mlp(784, 128, 10));
 * var scheduler = new SWALR(optimizer, 0.05);
 * for (...) {
 *   optimizer.step();
 *   averaged.updateParameters(model);
 *   scheduler.step();
 * }
 * }</pre>
 */
public final class SWALR extends LRScheduler {
  private static final long EPOCHS = 10;

  /** How rates go to the last one. */
  public enum Anneal {
    COS,
    LINEAR
  }

  private final double swaLr;
  private long annealEpochs = EPOCHS;
  private Anneal anneal = Anneal.COS;
  private long applied = -1;

  /** To {@code swaLr}, along a cosine in 10 steps. */
  public SWALR(Optimizer optimizer, double swaLr) {
    super(optimizer);
    this.swaLr = Optimizer.requireAtLeastZero("swaLr", swaLr);
    start();
  }

  /** In how many steps; 10 unless set. With 0 the rate is the last one at once. */
  public SWALR annealEpochs(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("annealEpochs must not be negative, is " + steps);
    }
    annealEpochs = steps;
    if (steps == 0 && lastStep() == 0) {
      optimizer().paramGroups().forEach(group -> group.lr(swaLr));
    }
    return this;
  }

  /** Along a cosine or a line; a cosine unless set. */
  public SWALR anneal(Anneal how) {
    anneal = how;
    return this;
  }

  /** From the rate that the group has, which other schedulers may set too. */
  @Override
  void apply(ParamGroup group, long step) {
    boolean next = step == applied + 1 && step > 0;
    if (group == optimizer().paramGroups().get(optimizer().paramGroups().size() - 1)) {
      applied = step;
    }
    if (next) {
      long at = annealEpochs == 0 ? Math.max(1, step) : step;
      double before = share(at - 1);
      double initial = before == 1 ? swaLr : (group.lr() - before * swaLr) / (1 - before);
      group.lr(swaLr * share(at) + initial * (1 - share(at)));
    }
  }

  private double share(long step) {
    double t = Math.max(0, Math.min(1, step / (double) Math.max(1, annealEpochs)));
    return anneal == Anneal.LINEAR ? t : (1 - Math.cos(Math.PI * t)) / 2;
  }

  @Override
  double lr(double initial, long step) {
    throw new IllegalStateException("SWALR goes on from the rate that is set: it stands alone");
  }
}
