package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Zeroes whole channels of [n, c, h, w]. */
public final class Dropout2d extends DropoutLayer {
  /** A probability of 0.5. */
  public Dropout2d() {
    this(0.5);
  }

  /** With a probability from 0 to 1. */
  public Dropout2d(double p) {
    super(p);
  }

  @Override
  Tensor drop(Tensor input, double p) {
    return Functional.dropout2d(input, p);
  }
}
