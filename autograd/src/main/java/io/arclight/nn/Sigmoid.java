package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code 1 / (1 + exp(-x))}. */
public final class Sigmoid extends Activation {
  public Sigmoid() {
    super(Pointwise.SIGMOID);
  }
}
