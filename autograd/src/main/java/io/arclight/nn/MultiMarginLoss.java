package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * How far other classes come within a margin of the target's score; see {@link
 * Functional#multiMarginLoss}.
 */
public record MultiMarginLoss(int p, double margin, LossWeight weight, Reduction reduction)
    implements Loss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public MultiMarginLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public MultiMarginLoss(Reduction reduction) {
    this(1, 1, null, reduction);
  }

  /** The power, 1 or 2; 1 unless set. */
  public MultiMarginLoss p(int value) {
    return new MultiMarginLoss(value, margin, weight, reduction);
  }

  /** 1 unless set. */
  public MultiMarginLoss margin(double value) {
    return new MultiMarginLoss(p, value, weight, reduction);
  }

  /** Weighs the classes, [classes]. */
  public MultiMarginLoss weight(Tensor value) {
    return new MultiMarginLoss(p, margin, LossWeight.of(value), reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.multiMarginLoss(
        prediction, target, p, margin, LossWeight.beside(weight, prediction), reduction);
  }

  @Override
  public MultiMarginLoss reduction(Reduction other) {
    return new MultiMarginLoss(p, margin, weight, other);
  }

  @Override
  public double divisor(Tensor prediction, Tensor target) {
    return prediction.rank() == 1 ? 1 : prediction.dim(0);
  }
}
