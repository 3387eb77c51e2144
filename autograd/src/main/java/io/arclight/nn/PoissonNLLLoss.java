package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The negative log-likelihood of counts under Poisson distributions. */
public record PoissonNLLLoss(Input input, LossTerms terms, double eps, Reduction reduction)
    implements ElementwiseLoss {
  private static final long serialVersionUID = 1L;

  /** What predictions are. */
  public enum Input {
    LOGARITHM,
    RATE
  }

  /** The mean. */
  public PoissonNLLLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public PoissonNLLLoss(Reduction reduction) {
    this(Input.LOGARITHM, LossTerms.SHORT, 1e-8, reduction);
  }

  /** Predictions are the rates, not their logarithms. */
  public PoissonNLLLoss rates() {
    return new PoissonNLLLoss(Input.RATE, terms, eps, reduction);
  }

  /** With the term of the target alone, by Stirling's approximation. */
  public PoissonNLLLoss full() {
    return new PoissonNLLLoss(input, LossTerms.FULL, eps, reduction);
  }

  /** Added to rates before their logarithm is taken; 1e-8 unless set. */
  public PoissonNLLLoss eps(double value) {
    return new PoissonNLLLoss(input, terms, value, reduction);
  }

  @Override
  public Tensor forward(Tensor prediction, Tensor target) {
    return Functional.poissonNllLoss(prediction, target, input, terms, eps, reduction);
  }

  @Override
  public PoissonNLLLoss reduction(Reduction other) {
    return new PoissonNLLLoss(input, terms, eps, other);
  }
}
