package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Binary cross-entropy of logits against targets from 0 to 1 of the same shape. */
public record BCEWithLogitsLoss(LossWeight weight, LossWeight posWeight, Reduction reduction)
    implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public BCEWithLogitsLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public BCEWithLogitsLoss(Reduction reduction) {
    this(null, null, reduction);
  }

  /** Weighs the elements; the weight broadcasts. */
  public BCEWithLogitsLoss weight(Tensor value) {
    return new BCEWithLogitsLoss(LossWeight.of(value), posWeight, reduction);
  }

  /** Weighs the positive part; the weight broadcasts, such as one for each class. */
  public BCEWithLogitsLoss posWeight(Tensor value) {
    return new BCEWithLogitsLoss(weight, LossWeight.of(value), reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.binaryCrossEntropyWithLogits(
        prediction,
        target,
        LossWeight.beside(weight, prediction),
        LossWeight.beside(posWeight, prediction),
        reduction);
  }

  @Override
  public BCEWithLogitsLoss reduction(Reduction other) {
    return new BCEWithLogitsLoss(weight, posWeight, other);
  }
}
