package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Zeroes whole channels of [n, c, d, h, w] or [c, d, h, w]. */
public final class Dropout3d extends DropoutLayer {
  /** A probability of 0.5. */
  public Dropout3d() {
    this(0.5);
  }

  /** With a probability from 0 to 1. */
  public Dropout3d(double p) {
    super(p);
  }

  @Override
  Tensor drop(Tensor input, double p) {
    return Functional.dropout3d(input, p);
  }
}
