package io.arclight.distributions;

import io.arclight.tensor.DType;

/** How finely values near 1 are told apart. */
final class Rounding {
  private Rounding() {}

  /** The distance of 1 from the next larger number. */
  static double unit(DType dtype) {
    return dtype.finfo().eps();
  }
}
