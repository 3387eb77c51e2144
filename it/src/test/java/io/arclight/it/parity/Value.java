package io.arclight.it.parity;

import java.util.Arrays;

/**
 * A tensor's value as both sides of a comparison are read.
 *
 * @param dtype by PyTorch's name
 * @param data row-major; two numbers an element where complex
 */
record Value(String dtype, long[] shape, double[] data) {
  boolean isReal() {
    return dtype.contains("float") || dtype.contains("complex");
  }

  /** Of the element that number {@code i} is of. */
  double magnitude(int i) {
    return dtype.contains("complex")
        ? Math.hypot(data[i - i % 2], data[i - i % 2 + 1])
        : Math.abs(data[i]);
  }

  double largest() {
    double m = 0;
    for (double x : data) {
      m = Double.isFinite(x) ? Math.max(m, Math.abs(x)) : m;
    }
    return m;
  }

  String type() {
    return dtype + Arrays.toString(shape);
  }
}
