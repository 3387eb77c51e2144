package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The p-norm of each window of [n, channels, depth, height, width]; n may be missing. */
public final class LPPool3d extends LPPool<LPPool3d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public LPPool3d(double normType, long... kernel) {
    super(normType, kernel);
  }

  @Override
  LPPool3d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.lpPool3d(input, normType, options());
  }
}
