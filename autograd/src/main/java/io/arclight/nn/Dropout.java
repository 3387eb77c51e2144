package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Zeroes each element with probability {@code p} and scales the others by {@code 1 / (1 - p)}. */
public final class Dropout extends DropoutLayer {
  /** A probability of 0.5. */
  public Dropout() {
    this(0.5);
  }

  /** With a probability from 0 to 1. */
  public Dropout(double p) {
    super(p);
  }

  @Override
  Tensor drop(Tensor input, double p) {
    return Functional.dropout(input, p);
  }
}
