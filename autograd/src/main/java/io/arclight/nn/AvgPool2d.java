package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The mean of each window of [n, channels, height, width]; n may be missing. */
public final class AvgPool2d extends AvgPool<AvgPool2d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public AvgPool2d(long... kernel) {
    super(kernel);
  }

  /** Sums are divided by this, not by the elements of a window. */
  public AvgPool2d divisorOverride(long value) {
    return with(options().divisorOverride(value));
  }

  @Override
  AvgPool2d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.avgPool2d(input, options());
  }
}
