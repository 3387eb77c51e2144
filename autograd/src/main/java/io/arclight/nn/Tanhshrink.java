package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x - tanh(x)}. */
public final class Tanhshrink extends Activation {
  /** The function of each element. */
  public Tanhshrink() {
    super(Pointwise.TANHSHRINK);
  }
}
