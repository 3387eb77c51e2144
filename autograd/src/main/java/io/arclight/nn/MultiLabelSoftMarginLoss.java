package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Binary cross-entropies of logits, averaged over the classes, the last dimension. */
public record MultiLabelSoftMarginLoss(LossWeight weight, Reduction reduction) implements Loss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public MultiLabelSoftMarginLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public MultiLabelSoftMarginLoss(Reduction reduction) {
    this(null, reduction);
  }

  /** Weighs the classes; the weight broadcasts. */
  public MultiLabelSoftMarginLoss weight(Tensor value) {
    return new MultiLabelSoftMarginLoss(LossWeight.of(value), reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.multilabelSoftMarginLoss(
        prediction, target, LossWeight.beside(weight, prediction), reduction);
  }

  @Override
  public MultiLabelSoftMarginLoss reduction(Reduction other) {
    return new MultiLabelSoftMarginLoss(weight, other);
  }

  @Override
  public double divisor(Tensor prediction, Tensor target) {
    return prediction.elements() / (double) prediction.dim(-1);
  }
}
