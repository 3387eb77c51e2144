package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** Scaled ELU, which keeps mean 0 and variance 1 through layers. */
public final class SELU extends Activation {
  /** The function of each element. */
  public SELU() {
    super(Pointwise.SELU);
  }
}
