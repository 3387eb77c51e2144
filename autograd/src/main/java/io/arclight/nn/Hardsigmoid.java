package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** 0 below -3, 1 above 3, straight between. */
public final class Hardsigmoid extends Activation {
  /** The function of each element. */
  public Hardsigmoid() {
    super(Pointwise.HARDSIGMOID);
  }
}
