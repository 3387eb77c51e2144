package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Dropout that keeps the mean and variance of what {@link SELU} gives. */
public final class AlphaDropout extends DropoutLayer {
  /** A probability of 0.5. */
  public AlphaDropout() {
    this(0.5);
  }

  /** With a probability from 0 to 1. */
  public AlphaDropout(double p) {
    super(p);
  }

  @Override
  Tensor drop(Tensor input, double p) {
    return Functional.alphaDropout(input, p);
  }
}
