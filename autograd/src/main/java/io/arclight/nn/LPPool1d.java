package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The p-norm of each window of [n, channels, length]; n may be missing. */
public final class LPPool1d extends LPPool<LPPool1d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public LPPool1d(double normType, long... kernel) {
    super(normType, kernel);
  }

  @Override
  LPPool1d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.lpPool1d(input, normType, options());
  }
}
