package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Cross-entropy of logits [n, classes, ...] against classes, int64 [n, ...], or probabilities of
 * the same shape.
 *
 * <pre>{@code
 * Loss loss = new CrossEntropyLoss().weight(Tensor.of(1f, 5f)).labelSmoothing(0.1);
 * }</pre>
 */
public record CrossEntropyLoss(
    LossWeight weight, long ignoreIndex, double labelSmoothing, Reduction reduction)
    implements Loss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public CrossEntropyLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public CrossEntropyLoss(Reduction reduction) {
    this(null, LossFunctions.IGNORE_INDEX, 0, reduction);
  }

  /** Weighs the classes, [classes]; a mean is weighted by those of the targets. */
  public CrossEntropyLoss weight(Tensor value) {
    return new CrossEntropyLoss(LossWeight.of(value), ignoreIndex, labelSmoothing, reduction);
  }

  /** The class that counts nothing; -100 unless set. */
  public CrossEntropyLoss ignoreIndex(long value) {
    return new CrossEntropyLoss(weight, value, labelSmoothing, reduction);
  }

  /** The share of a target that all classes divide between them; 0 unless set. */
  public CrossEntropyLoss labelSmoothing(double value) {
    return new CrossEntropyLoss(weight, ignoreIndex, value, reduction);
  }

  @Override
  public Tensor forward(Tensor logits, Tensor target) {
    return Functional.crossEntropy(
        logits, target, LossWeight.beside(weight, logits), ignoreIndex, labelSmoothing, reduction);
  }

  @Override
  public CrossEntropyLoss reduction(Reduction other) {
    return new CrossEntropyLoss(weight, ignoreIndex, labelSmoothing, other);
  }

  @Override
  public double divisor(Tensor logits, Tensor target) {
    return LossFunctions.classDivisor(
        logits, target, LossWeight.beside(weight, logits), ignoreIndex);
  }
}
