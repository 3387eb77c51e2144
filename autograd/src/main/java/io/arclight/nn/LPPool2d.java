package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The p-norm of each window of [n, channels, height, width]; n may be missing. */
public final class LPPool2d extends LPPool<LPPool2d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public LPPool2d(double normType, long... kernel) {
    super(normType, kernel);
  }

  @Override
  LPPool2d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.lpPool2d(input, normType, options());
  }
}
