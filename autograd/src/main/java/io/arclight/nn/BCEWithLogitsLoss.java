package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Binary cross-entropy of logits against targets from 0 to 1 of the same shape. */
public record BCEWithLogitsLoss(Reduction reduction) implements Loss {
  private static final long serialVersionUID = 1L;

  public BCEWithLogitsLoss() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.binaryCrossEntropyWithLogits(prediction, target, reduction);
  }

  @Override
  public BCEWithLogitsLoss reduction(Reduction other) {
    return new BCEWithLogitsLoss(other);
  }
}
