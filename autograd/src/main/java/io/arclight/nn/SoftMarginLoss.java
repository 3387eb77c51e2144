package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code log(1 + exp(-target input))}, of targets 1 and -1. */
public record SoftMarginLoss(Reduction reduction) implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public SoftMarginLoss() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.softMarginLoss(prediction, target, reduction);
  }

  @Override
  public SoftMarginLoss reduction(Reduction other) {
    return new SoftMarginLoss(other);
  }
}
