package io.arclight.optim;

import java.util.function.LongToDoubleFunction;

/** Multiplies the initial learning rate by a function of the step. */
public final class LambdaLR extends LRScheduler {
  private final LongToDoubleFunction factor;

  /** By {@code factor} of the step, from 0. */
  public LambdaLR(Optimizer optimizer, LongToDoubleFunction factor) {
    super(optimizer);
    this.factor = factor;
    start();
  }

  @Override
  double lr(double initial, long step) {
    return initial * factor.applyAsDouble(step);
  }
}
