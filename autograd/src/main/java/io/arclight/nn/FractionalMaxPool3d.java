package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * The largest element of each window of [n, channels, depth, height, width], of windows at random
 * distances.
 */
public final class FractionalMaxPool3d extends FractionalMaxPool<FractionalMaxPool3d> {
  /** Windows of one size for all dimensions or of one for each. */
  public FractionalMaxPool3d(long... kernel) {
    super(3, kernel);
  }

  @Override
  FractionalMaxPool3d self() {
    return this;
  }

  @Override
  Pooled pooled(Tensor input, Tensor samples, long[] kernel, long[] size) {
    return Functional.fractionalMaxPool3d(input, samples, kernel, size);
  }
}
