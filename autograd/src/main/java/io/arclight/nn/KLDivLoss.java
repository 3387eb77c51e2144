package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Kullback-Leibler divergence of log-probabilities from a target distribution. */
public record KLDivLoss(Target target, Mean mean, Reduction reduction) implements Loss {
  private static final long serialVersionUID = 1L;

  /** What targets are. */
  public enum Target {
    PROBABILITY,
    LOGARITHM
  }

  /** What a mean divides by. */
  public enum Mean {
    ELEMENTS,
    /** The size of the first dimension. */
    BATCH
  }

  /** The mean. */
  public KLDivLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public KLDivLoss(Reduction reduction) {
    this(Target.PROBABILITY, Mean.ELEMENTS, reduction);
  }

  /** Targets are logarithms too. */
  public KLDivLoss logTarget() {
    return new KLDivLoss(Target.LOGARITHM, mean, reduction);
  }

  /** A mean divides by the rows, as the divergence is defined. */
  public KLDivLoss batchMean() {
    return new KLDivLoss(target, Mean.BATCH, reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor expected) {
    return Functional.klDiv(prediction, expected, target, mean, reduction);
  }

  @Override
  public KLDivLoss reduction(Reduction other) {
    return new KLDivLoss(target, mean, other);
  }

  @Override
  public double divisor(Tensor prediction, Tensor expected) {
    return mean == Mean.BATCH && prediction.rank() > 0 ? prediction.dim(0) : prediction.elements();
  }
}
