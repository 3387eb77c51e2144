package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Cross-entropy of logits [n, classes] against classes, int64 [n]. */
public record CrossEntropyLoss(Reduction reduction) implements Loss {
  private static final long serialVersionUID = 1L;

  public CrossEntropyLoss() {
    this(Reduction.MEAN);
  }

  @Override
  public Tensor forward(Tensor logits, Tensor target) {
    return Functional.crossEntropy(logits, target, reduction);
  }

  @Override
  public CrossEntropyLoss reduction(Reduction other) {
    return new CrossEntropyLoss(other);
  }
}
