package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Binary cross-entropy of probabilities against targets from 0 to 1 of the same shape. */
public record BCELoss(LossWeight weight, Reduction reduction) implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public BCELoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public BCELoss(Reduction reduction) {
    this(null, reduction);
  }

  /** Weighs the elements; the weight broadcasts. */
  public BCELoss weight(Tensor value) {
    return new BCELoss(LossWeight.of(value), reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.binaryCrossEntropy(
        prediction, target, LossWeight.beside(weight, prediction), reduction);
  }

  @Override
  public BCELoss reduction(Reduction other) {
    return new BCELoss(weight, other);
  }
}
