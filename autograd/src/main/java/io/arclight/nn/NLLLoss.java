package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Negative log-probabilities [n, classes, ...] of the targets, int64 [n, ...]. */
public record NLLLoss(LossWeight weight, long ignoreIndex, Reduction reduction) implements Loss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public NLLLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public NLLLoss(Reduction reduction) {
    this(null, LossFunctions.IGNORE_INDEX, reduction);
  }

  /** Weighs the classes, [classes]; a mean is weighted by those of the targets. */
  public NLLLoss weight(Tensor value) {
    return new NLLLoss(LossWeight.of(value), ignoreIndex, reduction);
  }

  /** The class that counts nothing; -100 unless set. */
  public NLLLoss ignoreIndex(long value) {
    return new NLLLoss(weight, value, reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.nllLoss(
        prediction, target, LossWeight.beside(weight, prediction), ignoreIndex, reduction);
  }

  @Override
  public NLLLoss reduction(Reduction other) {
    return new NLLLoss(weight, ignoreIndex, other);
  }

  @Override
  public double divisor(Tensor prediction, Tensor target) {
    return LossFunctions.classDivisor(
        prediction, target, LossWeight.beside(weight, prediction), ignoreIndex);
  }
}
