package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x / (1 + |x|)}. */
public final class Softsign extends Activation {
  /** The function of each element. */
  public Softsign() {
    super(Pointwise.SOFTSIGN);
  }
}
