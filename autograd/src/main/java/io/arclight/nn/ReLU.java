package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code max(x, 0)}. */
public final class ReLU extends Activation {
  /** The function of each element. */
  public ReLU() {
    super(Pointwise.RELU);
  }
}
