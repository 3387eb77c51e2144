package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The largest element of each window of [n, channels, depth, height, width]; n may be missing. */
public final class MaxPool3d extends MaxPool<MaxPool3d> {
  /** Windows of one size for all dimensions or of one for each, side by side unless set. */
  public MaxPool3d(long... kernel) {
    super(kernel);
  }

  @Override
  MaxPool3d self() {
    return this;
  }

  @Override
  Pooled pooled(Tensor input) {
    return Functional.maxPool3dWithIndices(input, options());
  }
}
