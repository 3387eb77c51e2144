package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code x * hardsigmoid(x)}. */
public final class Hardswish extends Activation {
  public Hardswish() {
    super(Pointwise.HARDSWISH);
  }
}
