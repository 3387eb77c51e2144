package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * The negative log-likelihood of targets under normal distributions: of means, targets, variances.
 */
public record GaussianNLLLoss(LossTerms terms, double eps, Reduction reduction)
    implements TripleLoss {
  private static final long serialVersionUID = 1L;

  /** The mean. */
  public GaussianNLLLoss() {
    this(Reduction.MEAN);
  }

  /** With the default options. */
  public GaussianNLLLoss(Reduction reduction) {
    this(LossTerms.SHORT, 1e-6, reduction);
  }

  /** With the constant term. */
  public GaussianNLLLoss full() {
    return new GaussianNLLLoss(LossTerms.FULL, eps, reduction);
  }

  /** The least variance; 1e-6 unless set. */
  public GaussianNLLLoss eps(double value) {
    return new GaussianNLLLoss(terms, value, reduction);
  }

  @Override
  public Tensor forward(Tensor input, Tensor target, Tensor variance) {
    return Functional.gaussianNllLoss(input, target, variance, terms, eps, reduction);
  }

  @Override
  public GaussianNLLLoss reduction(Reduction other) {
    return new GaussianNLLLoss(terms, eps, other);
  }
}
