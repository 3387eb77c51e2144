package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** The hyperbolic tangent. */
public final class Tanh extends Activation {
  /** The function of each element. */
  public Tanh() {
    super(Pointwise.TANH);
  }
}
