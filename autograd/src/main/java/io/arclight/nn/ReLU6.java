package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** {@code min(max(x, 0), 6)}. */
public final class ReLU6 extends Activation {
  /** The function of each element. */
  public ReLU6() {
    super(Pointwise.HARDTANH.with(null, 0, 6));
  }
}
