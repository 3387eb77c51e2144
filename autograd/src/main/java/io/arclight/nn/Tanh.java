package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** The hyperbolic tangent. */
public final class Tanh extends Activation {
  public Tanh() {
    super(Pointwise.TANH);
  }
}
