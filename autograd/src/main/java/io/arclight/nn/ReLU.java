package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code max(x, 0)}. */
public final class ReLU extends Activation {
  public ReLU() {
    super(Pointwise.RELU);
  }
}
