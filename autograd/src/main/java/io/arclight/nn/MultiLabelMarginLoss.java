package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * How far other classes come within 1 of several targets' scores; see {@link
 * Functional#multilabelMarginLoss}.
 */
public record MultiLabelMarginLoss(Reduction reduction) implements Loss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public MultiLabelMarginLoss() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.multilabelMarginLoss(prediction, target, reduction);
  }

  @Override
  public MultiLabelMarginLoss reduction(Reduction other) {
    return new MultiLabelMarginLoss(other);
  }

  @Override
  public double divisor(Tensor prediction, Tensor target) {
    return prediction.rank() == 1 ? 1 : prediction.dim(0);
  }
}
