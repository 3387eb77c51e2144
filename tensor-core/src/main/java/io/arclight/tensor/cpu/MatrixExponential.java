package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.memory.HostMemory;

/**
 * The exponential of a matrix by scaling and squaring of Pade approximants: Higham, The Scaling and
 * Squaring Method for the Matrix Exponential Revisited, 2005.
 */
public final class MatrixExponential {
  /** Degrees, and the largest norms that they serve, in float64 and in float32. */
  private static final int[] DEGREES = {3, 5, 7, 9, 13};

  private static final double[] NORMS = {
    1.495585217958292e-2,
    2.539398330063230e-1,
    9.504178996162932e-1,
    2.097847961257068,
    5.371920351148152
  };
  private static final double[] NORMS_SINGLE = {
    4.258730016922831e-1, 1.880152677804762, 3.925724783138660
  };

  /** Squarings that lead any finite number of float64 back into range. */
  private static final int MOST_SQUARINGS = 1100;

  private final DType dtype;
  private final DType real;
  private final long n;
  private final long numbers;
  private final long bytes;

  private MatrixExponential(DType dtype, long n) {
    this.dtype = dtype;
    this.real = LapackCall.real(dtype);
    this.n = n;
    this.bytes = n * n * dtype.bytes();
    this.numbers = bytes / real.bytes();
  }

  /** Replaces the matrix [n, n] at {@code a} by its exponential; NaN where it is not finite. */
  public static void inPlace(DType dtype, long n, long a) {
    if (n > 0) {
      new MatrixExponential(dtype, n).run(a);
    }
  }

  private void run(long a) {
    double norm = norm(a);
    if (!Double.isFinite(norm)) {
      fill(a, Double.NaN);
      return;
    }
    boolean single = real.bytes() == 4;
    double[] norms = single ? NORMS_SINGLE : NORMS;
    int which = 0;
    while (which < norms.length - 1 && norm > norms[which]) {
      which++;
    }
    double most = norms[which];
    int squarings =
        norm <= most
            ? 0
            : Math.min(MOST_SQUARINGS, (int) Math.ceil(Math.log(norm / most) / Math.log(2)));
    scale(a, Math.scalb(1.0, -squarings));
    try (Scratch scratch = new Scratch(7 * bytes + 8 * n)) {
      long room = scratch.at();
      pade(DEGREES[which], a, room);
      for (int i = 0; i < squarings; i++) {
        multiply(a, a, room);
        HostMemory.copy(room, a, bytes);
      }
    }
  }

  /** (V - U)^-1 (V + U), where U has the odd powers and V the even ones. */
  private void pade(int degree, long a, long room) {
    double[] b = coefficients(degree);
    long[] powers = {room, room + bytes, room + 2 * bytes};
    int most = Math.min(3, degree / 2);
    for (int i = 0; i < most; i++) {
      multiply(i == 0 ? a : powers[i - 1], i == 0 ? a : powers[0], powers[i]);
    }
    long u = room + 3 * bytes;
    long v = room + 4 * bytes;
    long spare = room + 5 * bytes;
    even(b, 1, powers, spare, room + 6 * bytes);
    multiply(a, spare, u);
    even(b, 0, powers, v, room + 6 * bytes);
    for (long i = 0; i < numbers; i++) {
      double odd = read(u, i);
      double sum = read(v, i);
      write(a, i, sum + odd);
      write(v, i, sum - odd);
    }
    long pivots = room + 7 * bytes;
    Lapack.getrf(dtype, n, n, v, pivots);
    Lapack.getrs(dtype, 'N', n, n, v, pivots, a);
  }

  /** The sum of b[2 i + first] A^(2 i), in A^2, A^4 and A^6. */
  private void even(double[] b, int first, long[] powers, long out, long spare) {
    int terms = (b.length - 1 - first) / 2;
    combine(b, first, 0, Math.min(3, terms), powers, out);
    if (terms > 3) {
      combine(b, first, 3, terms - 3, powers, spare);
      try (Scratch product = new Scratch(bytes)) {
        multiply(powers[2], spare, product.at());
        for (long i = 0; i < numbers; i++) {
          write(out, i, read(out, i) + read(product.at(), i));
        }
      }
    }
  }

  private void combine(double[] b, int first, int skip, int terms, long[] powers, long out) {
    fill(out, 0);
    long step = numbers / (n * n);
    if (skip == 0) {
      for (long i = 0; i < n; i++) {
        write(out, (i * n + i) * step, b[first]);
      }
    }
    for (int k = 1; k <= terms; k++) {
      double factor = b[2 * (skip + k) + first];
      for (long i = 0; i < numbers; i++) {
        write(out, i, read(out, i) + factor * read(powers[k - 1], i));
      }
    }
  }

  private static double[] coefficients(int m) {
    double[] b = new double[m + 1];
    b[m] = 1;
    for (int j = m; j > 0; j--) {
      b[j - 1] = b[j] * j * (2.0 * m - j + 1) / (m - j + 1);
    }
    return b;
  }

  private void multiply(long a, long b, long c) {
    Lapack.multiply(dtype, n, a, b, c);
  }

  /** The largest sum of sizes along a line. */
  private double norm(long a) {
    long step = numbers / (n * n);
    double most = 0;
    for (long i = 0; i < n; i++) {
      double sum = 0;
      for (long j = 0; j < n; j++) {
        long at = (i * n + j) * step;
        sum += step == 1 ? Math.abs(read(a, at)) : Math.hypot(read(a, at), read(a, at + 1));
      }
      if (!(sum <= most)) {
        most = sum;
      }
    }
    return most;
  }

  private void scale(long a, double factor) {
    for (long i = 0; factor != 1 && i < numbers; i++) {
      write(a, i, read(a, i) * factor);
    }
  }

  private void fill(long a, double value) {
    for (long i = 0; i < numbers; i++) {
      write(a, i, value);
    }
  }

  private double read(long a, long i) {
    return real.bytes() == 4 ? HostMemory.float32(a + 4 * i) : HostMemory.float64(a + 8 * i);
  }

  private void write(long a, long i, double value) {
    if (real.bytes() == 4) {
      HostMemory.putFloat32(a + 4 * i, (float) value);
    } else {
      HostMemory.putFloat64(a + 8 * i, value);
    }
  }
}
