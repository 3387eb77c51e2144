package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * {@code 1 - cos} where the target is 1, {@code max(0, cos - margin)} where it is -1: of [n, d],
 * [n, d] and [n].
 */
public record CosineEmbeddingLoss(double margin, Reduction reduction) implements TripleLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public CosineEmbeddingLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public CosineEmbeddingLoss(Reduction reduction) {
    this(0, reduction);
  }

  /** 0 unless set. */
  public CosineEmbeddingLoss margin(double value) {
    return new CosineEmbeddingLoss(value, reduction);
  }

  @Override
  public Tensor forward(Tensor first, Tensor second, Tensor target) {
    return Functional.cosineEmbeddingLoss(first, second, target, margin, reduction);
  }

  @Override
  public CosineEmbeddingLoss reduction(Reduction other) {
    return new CosineEmbeddingLoss(margin, other);
  }
}
