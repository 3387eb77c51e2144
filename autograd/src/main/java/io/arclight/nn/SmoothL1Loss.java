package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Squared below a difference of {@code beta}, straight beyond. */
public record SmoothL1Loss(double beta, Reduction reduction) implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public SmoothL1Loss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public SmoothL1Loss(Reduction reduction) {
    this(1, reduction);
  }

  /** 1 unless set. */
  public SmoothL1Loss beta(double value) {
    return new SmoothL1Loss(value, reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.smoothL1Loss(prediction, target, beta, reduction);
  }

  @Override
  public SmoothL1Loss reduction(Reduction other) {
    return new SmoothL1Loss(beta, other);
  }
}
