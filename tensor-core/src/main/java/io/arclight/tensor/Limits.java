package io.arclight.tensor;

/** The ends of a dtype's range of values. */
final class Limits {
  private Limits() {}

  static Number lowest(DType dtype) {
    if (dtype.isFloatingPoint()) {
      return Double.NEGATIVE_INFINITY;
    }
    return signed(dtype) ? -1L << (8 * dtype.bytes() - 1) : 0L;
  }

  static Number highest(DType dtype) {
    if (dtype.isFloatingPoint()) {
      return Double.POSITIVE_INFINITY;
    }
    if (dtype == DType.BOOL) {
      return 1L;
    }
    int bits = 8 * dtype.bytes() - (signed(dtype) ? 1 : 0);
    return bits == 63 ? Long.MAX_VALUE : (1L << bits) - 1;
  }

  private static boolean signed(DType dtype) {
    return dtype.isInteger() && !dtype.toString().startsWith("u");
  }
}
