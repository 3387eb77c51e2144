package io.arclight.it.parity;

/**
 * What counts as equal, as {@code torch.testing.assert_close} has it.
 *
 * @param rounding the unit of rounding, for {@link ErrorBound}
 */
record Tolerance(double relative, double absolute, double rounding) {
  static final Tolerance NONE = new Tolerance(0, 0, 0);

  static Tolerance of(String dtype) {
    return switch (dtype) {
      case "float16" -> new Tolerance(1e-3, 1e-5, 0x1p-11);
      case "bfloat16" -> new Tolerance(1.6e-2, 1e-5, 0x1p-8);
      case "float32", "complex64" -> new Tolerance(1.3e-6, 1e-5, 0x1p-24);
      case "float64", "complex128" -> new Tolerance(1e-7, 1e-7, 0x1p-53);
      default -> NONE;
    };
  }

  boolean close(double actual, double expected) {
    return close(actual, expected, Math.abs(expected));
  }

  /**
   * @param magnitude of the element: for a part of a complex number that of the whole
   */
  boolean close(double actual, double expected, double magnitude) {
    if (Double.compare(actual, expected) == 0 || actual == expected) {
      return true;
    }
    return Double.isFinite(expected)
        && Math.abs(actual - expected) <= absolute + relative * magnitude;
  }
}
