package io.arclight.optim;

import java.util.function.LongToDoubleFunction;

/** Multiplies the learning rate in every step by a function of it. */
public final class MultiplicativeLR extends LRScheduler {
  private final LongToDoubleFunction factor;

  /** The product up to {@link #reached}: steps mostly come one after the other. */
  private double product = 1;

  private long reached;

  /** By {@code factor} of the step, from 1. */
  public MultiplicativeLR(Optimizer optimizer, LongToDoubleFunction factor) {
    super(optimizer);
    this.factor = factor;
    start();
  }

  @Override
  double lr(double initial, long step) {
    if (step < reached) {
      product = 1;
      reached = 0;
    }
    while (reached < step) {
      product *= factor.applyAsDouble(++reached);
    }
    return initial * product;
  }
}
