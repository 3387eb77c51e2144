package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Half the square up to a difference of {@code delta}, straight beyond. */
public record HuberLoss(double delta, Reduction reduction) implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public HuberLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public HuberLoss(Reduction reduction) {
    this(1, reduction);
  }

  /** 1 unless set. */
  public HuberLoss delta(double value) {
    return new HuberLoss(value, reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.huberLoss(prediction, target, delta, reduction);
  }

  @Override
  public HuberLoss reduction(Reduction other) {
    return new HuberLoss(delta, other);
  }
}
