package io.arclight.tensor;

import java.util.function.IntToDoubleFunction;

/** Windows for spectra: vectors that weigh a run of samples, of the default dtype. */
public final class Windows {

  /** Whether a window is one period, as spectra want it, or mirrors itself. */
  public enum Form {
    PERIODIC,
    SYMMETRIC
  }

  private Windows() {}

  /** {@code 0.5 - 0.5 cos(2 pi i / n)}. */
  public static Tensor hannWindow(long n) {
    return hannWindow(n, Form.PERIODIC, DType.defaultDType(), Device.defaultDevice());
  }

  /** {@link #hannWindow(long)} of a form, dtype and device. */
  public static Tensor hannWindow(long n, Form form, DType dtype, Device device) {
    return hammingWindow(n, form, 0.5, 0.5, dtype, device);
  }

  /** {@code 0.54 - 0.46 cos(2 pi i / n)}. */
  public static Tensor hammingWindow(long n) {
    return hammingWindow(
        n, Form.PERIODIC, 0.54, 0.46, DType.defaultDType(), Device.defaultDevice());
  }

  /** {@code alpha - beta cos(2 pi i / n)}. */
  public static Tensor hammingWindow(
      long n, Form form, double alpha, double beta, DType dtype, Device device) {
    long m = steps(n, form);
    return window(n, dtype, device, i -> alpha - beta * Math.cos(2 * Math.PI * i / m));
  }

  /** {@code 0.42 - 0.5 cos(2 pi i / n) + 0.08 cos(4 pi i / n)}. */
  public static Tensor blackmanWindow(long n) {
    return blackmanWindow(n, Form.PERIODIC, DType.defaultDType(), Device.defaultDevice());
  }

  /** {@link #blackmanWindow(long)} of a form, dtype and device. */
  public static Tensor blackmanWindow(long n, Form form, DType dtype, Device device) {
    long m = steps(n, form);
    return window(
        n,
        dtype,
        device,
        i -> 0.42 - 0.5 * Math.cos(2 * Math.PI * i / m) + 0.08 * Math.cos(4 * Math.PI * i / m));
  }

  /** A triangle from 0 to 1 and back. */
  public static Tensor bartlettWindow(long n) {
    return bartlettWindow(n, Form.PERIODIC, DType.defaultDType(), Device.defaultDevice());
  }

  /** {@link #bartlettWindow(long)} of a form, dtype and device. */
  public static Tensor bartlettWindow(long n, Form form, DType dtype, Device device) {
    long m = steps(n, form);
    return window(n, dtype, device, i -> 1 - Math.abs(2.0 * i / m - 1));
  }

  /** Kaiser's window of {@code beta} 12. */
  public static Tensor kaiserWindow(long n) {
    return kaiserWindow(n, Form.PERIODIC, 12, DType.defaultDType(), Device.defaultDevice());
  }

  /** {@code I0(beta sqrt(1 - x^2)) / I0(beta)} for x from -1 to 1. */
  public static Tensor kaiserWindow(long n, Form form, double beta, DType dtype, Device device) {
    double m = steps(n, form);
    double whole = bessel(beta);
    return window(
        n,
        dtype,
        device,
        i -> {
          double x = 2 * i / m - 1;
          return bessel(beta * Math.sqrt(Math.max(0, 1 - x * x))) / whole;
        });
  }

  /** I0 by its power series, of positive terms only. */
  private static double bessel(double x) {
    double quarter = x * x / 4;
    double term = 1;
    double sum = 1;
    for (int k = 1; term > sum * 1e-18; k++) {
      term *= quarter / k / k;
      sum += term;
    }
    return sum;
  }

  private static long steps(long n, Form form) {
    if (n < 0) {
      throw new ShapeException("window: the length must not be negative, got " + n);
    }
    return form == Form.PERIODIC ? n : n - 1;
  }

  private static Tensor window(long n, DType dtype, Device device, IntToDoubleFunction value) {
    if (!dtype.isFloatingPoint()) {
      throw new DTypeException("window: needs a floating-point dtype, not " + dtype);
    }
    double[] out = new double[Math.toIntExact(n)];
    for (int i = 0; i < out.length; i++) {
      out[i] = n == 1 ? 1 : value.applyAsDouble(i);
    }
    return Tensor.of(out).to(dtype).to(device);
  }
}
