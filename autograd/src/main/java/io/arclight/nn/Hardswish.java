package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x * hardsigmoid(x)}. */
public final class Hardswish extends Activation {
  /** The function of each element. */
  public Hardswish() {
    super(Pointwise.HARDSWISH);
  }
}
