package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code 1 / (1 + exp(-x))}. */
public final class Sigmoid extends Activation {
  /** The function of each element. */
  public Sigmoid() {
    super(Pointwise.SIGMOID);
  }
}
