package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The absolute difference. */
public record L1Loss(Reduction reduction) implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public L1Loss() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.l1Loss(prediction, target, reduction);
  }

  @Override
  public L1Loss reduction(Reduction other) {
    return new L1Loss(other);
  }
}
