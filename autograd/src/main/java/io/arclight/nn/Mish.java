package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x * tanh(softplus(x))}. */
public final class Mish extends Activation {
  /** The function of each element. */
  public Mish() {
    super(Pointwise.MISH);
  }
}
