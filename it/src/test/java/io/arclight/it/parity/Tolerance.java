package io.arclight.it.parity;

/**
 * What counts as equal. Elementwise results: as {@code torch.testing.assert_close}. Where terms are
 * added up, the order is free, so that a result in a narrow dtype may instead be as near to the
 * float64 result as twice the peer's error and some units of rounding of the terms' magnitudes.
 */
record Tolerance(double relative, double absolute, double rounding) {
  private static final double TERMS = 4;

  static Tolerance of(String dtype) {
    return switch (dtype) {
      case "float16" -> new Tolerance(1e-3, 1e-5, 0x1p-11);
      case "bfloat16" -> new Tolerance(1.6e-2, 1e-5, 0x1p-8);
      case "float32", "complex64" -> new Tolerance(1.3e-6, 1e-5, 0x1p-24);
      case "float64", "complex128" -> new Tolerance(1e-7, 1e-7, 0x1p-53);
      default -> new Tolerance(0, 0, 0);
    };
  }

  boolean close(double actual, double expected) {
    if (Double.compare(actual, expected) == 0 || actual == expected) {
      return true;
    }
    return Double.isFinite(expected)
        && Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
  }

  /**
   * Whether {@code actual} is as good as {@code peer}.
   *
   * @param wide the float64 result
   * @param magnitude of what was added up
   */
  boolean asGood(double actual, double peer, double wide, double magnitude) {
    return Math.abs(actual - wide)
        <= 2 * Math.abs(peer - wide) + TERMS * rounding * Math.abs(magnitude);
  }
}
