package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x * sigmoid(x)}. */
public final class SiLU extends Activation {
  /** The function of each element. */
  public SiLU() {
    super(Pointwise.SILU);
  }
}
