package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x * sigmoid(x)}. */
public final class SiLU extends Activation {
  public SiLU() {
    super(Pointwise.SILU);
  }
}
