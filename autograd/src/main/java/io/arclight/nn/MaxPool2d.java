package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The largest element of each window of [n, channels, height, width]; n may be missing. */
public final class MaxPool2d extends MaxPool<MaxPool2d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public MaxPool2d(long... kernel) {
    super(kernel);
  }

  @Override
  MaxPool2d self() {
    return this;
  }

  @Override
  Pooled pooled(Tensor input) {
    return Functional.maxPool2dWithIndices(input, options());
  }
}
