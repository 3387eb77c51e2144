package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The mean of each window of [n, channels, depth, height, width]; n may be missing. */
public final class AvgPool3d extends AvgPool<AvgPool3d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public AvgPool3d(long... kernel) {
    super(kernel);
  }

  /** Sums are divided by this, not by the elements of a window. */
  public AvgPool3d divisorOverride(long value) {
    return with(options().divisorOverride(value));
  }

  @Override
  AvgPool3d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.avgPool3d(input, options());
  }
}
