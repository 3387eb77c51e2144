package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x / (1 + |x|)}. */
public final class Softsign extends Activation {
  public Softsign() {
    super(Pointwise.SOFTSIGN);
  }
}
