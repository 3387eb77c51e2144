package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The input where the target is 1, {@code max(0, margin - input)} where it is -1. */
public record HingeEmbeddingLoss(double margin, Reduction reduction) implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public HingeEmbeddingLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public HingeEmbeddingLoss(Reduction reduction) {
    this(1, reduction);
  }

  /** 1 unless set. */
  public HingeEmbeddingLoss margin(double value) {
    return new HingeEmbeddingLoss(value, reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.hingeEmbeddingLoss(prediction, target, margin, reduction);
  }

  @Override
  public HingeEmbeddingLoss reduction(Reduction other) {
    return new HingeEmbeddingLoss(margin, other);
  }
}
