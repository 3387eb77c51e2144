package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** {@code max(0, -target (first - second) + margin)}, of targets 1 and -1. */
public record MarginRankingLoss(double margin, Reduction reduction) implements TripleLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public MarginRankingLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public MarginRankingLoss(Reduction reduction) {
    this(0, reduction);
  }

  /** 0 unless set. */
  public MarginRankingLoss margin(double value) {
    return new MarginRankingLoss(value, reduction);
  }

  @Override
  public Tensor forward(Tensor first, Tensor second, Tensor target) {
    return Functional.marginRankingLoss(first, second, target, margin, reduction);
  }

  @Override
  public MarginRankingLoss reduction(Reduction other) {
    return new MarginRankingLoss(margin, other);
  }
}
