package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Zeroes whole channels of [n, c, l] or [c, l]. */
public final class Dropout1d extends DropoutLayer {
  /** A probability of 0.5. */
  public Dropout1d() {
    this(0.5);
  }

  /** With a probability from 0 to 1. */
  public Dropout1d(double p) {
    super(p);
  }

  @Override
  Tensor drop(Tensor input, double p) {
    return Functional.dropout1d(input, p);
  }
}
