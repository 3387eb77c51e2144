package io.arclight.tensor.ir;

/** The error function in double, for the oracle; {@link Expand} has the fast one. */
final class ErrorFunction {
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;
  private static final double SPLIT = 1;
  private static final int SERIES_TERMS = 25;
  private static final int FRACTION_TERMS = 400;

  private ErrorFunction() {}

  static double erf(double x) {
    double a = Math.abs(x);
    if (Double.isNaN(x) || a == 0) {
      return x;
    }
    double value = a < SPLIT ? series(a) : a > 6.5 ? 1 : 1 - complement(a);
    return Math.copySign(value, x);
  }

  /** Taylor's series from its small end: the sum of (-x^2)^n / (n! (2n + 1)), times x. */
  private static double series(double x) {
    double sum = 0;
    for (int n = SERIES_TERMS; n >= 0; n--) {
      sum = 1.0 / (2 * n + 1) - x * x / (n + 1) * sum;
    }
    return TWO_OVER_SQRT_PI * x * sum;
  }

  /** erfc by its continued fraction x + (1/2)/(x + (2/2)/(x + (3/2)/...)). */
  private static double complement(double x) {
    double fraction = x;
    for (int n = FRACTION_TERMS; n > 0; n--) {
      fraction = x + n / 2.0 / fraction;
    }
    return TWO_OVER_SQRT_PI / 2 * gaussian(x) / fraction;
  }

  /** exp(-x^2) without the loss from rounding the square. */
  private static double gaussian(double x) {
    double square = x * x;
    return Math.exp(-square) * (1 - Math.fma(x, x, -square));
  }
}
