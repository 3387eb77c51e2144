package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The squared difference. */
public record MSELoss(Reduction reduction) implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public MSELoss() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.mseLoss(prediction, target, reduction);
  }

  @Override
  public MSELoss reduction(Reduction other) {
    return new MSELoss(other);
  }
}
