package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * The largest element of each window of [n, channels, height, width], of windows at random
 * distances.
 */
public final class FractionalMaxPool2d extends FractionalMaxPool<FractionalMaxPool2d> {
  /** Windows of one size for all dimensions or of one for each. */
  public FractionalMaxPool2d(long... kernel) {
    super(2, kernel);
  }

  @Override
  FractionalMaxPool2d self() {
    return this;
  }

  @Override
  Pooled pooled(Tensor input, Tensor samples, long[] kernel, long[] size) {
    return Functional.fractionalMaxPool2d(input, samples, kernel, size);
  }
}
