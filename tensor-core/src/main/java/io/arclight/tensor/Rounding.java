package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** How a division is rounded to a whole number. */
public enum Rounding {
  /** Towards minus infinity, as Python's {@code //}. */
  FLOOR,
  /** Towards zero, as Java's integers. */
  TRUNC;

  Pointwise division() {
    return this == FLOOR ? Pointwise.FLOOR_DIVIDE : Pointwise.TRUNC_DIVIDE;
  }
}
