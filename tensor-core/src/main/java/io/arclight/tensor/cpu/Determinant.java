package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.memory.HostMemory;

/**
 * The determinant of a matrix {@code value * exp(log)}, from its LU factors.
 *
 * @param re of a value, plain (log is 0 then) or of the size 1
 * @param im of the value
 */
public record Determinant(double re, double im, double log) {

  /** Whether a determinant is one number, or a number of the size 1 and a logarithm. */
  public enum Form {
    PLAIN,
    LOGARITHM
  }

  /** From factors [n, n], column-major, and pivots of {@link Lapack#getrf}. */
  public static Determinant of(DType t, long lu, long pivots, long n, Form form) {
    int bytes = t.bytes();
    boolean complex = LapackCall.isComplex(t);
    double re = 1;
    double im = 0;
    double log = 0;
    for (long i = 0; i < n; i++) {
      long at = lu + (i * n + i) * bytes;
      double a = read(t, at);
      double b = complex ? read(t, at + bytes / 2) : 0;
      if (HostMemory.int32(pivots + 4 * i) != i + 1) {
        a = -a;
        b = -b;
      }
      if (form == Form.LOGARITHM) {
        double size = Math.hypot(a, b);
        log += Math.log(size);
        a = size == 0 ? 0 : a / size;
        b = size == 0 ? 0 : b / size;
      }
      double next = re * a - im * b;
      im = re * b + im * a;
      re = next;
    }
    return new Determinant(re, im, log);
  }

  /** Writes the value in dtype {@code t}. */
  public void writeValue(DType t, long at) {
    write(t, at, re);
    if (LapackCall.isComplex(t)) {
      write(t, at + t.bytes() / 2, im);
    }
  }

  /** Writes the logarithm in the real dtype of {@code t}. */
  public void writeLog(DType t, long at) {
    write(t, at, log);
  }

  static double read(DType t, long at) {
    return LapackCall.real(t).bytes() == 4 ? HostMemory.float32(at) : HostMemory.float64(at);
  }

  static void write(DType t, long at, double value) {
    if (LapackCall.real(t).bytes() == 4) {
      HostMemory.putFloat32(at, (float) value);
    } else {
      HostMemory.putFloat64(at, value);
    }
  }
}
