package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The largest element of each window of [n, channels, length]; n may be missing. */
public final class MaxPool1d extends MaxPool<MaxPool1d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public MaxPool1d(long... kernel) {
    super(kernel);
  }

  @Override
  MaxPool1d self() {
    return this;
  }

  @Override
  Pooled pooled(Tensor input) {
    return Functional.maxPool1dWithIndices(input, options());
  }
}
