package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.memory.HostMemory;

/**
 * Matrices of cofactors, in conjugate where complex: conj(det(A)) A^-H where A is far from
 * singular, else from its singular values, conj(det(U) det(V^H)) U adj(S) V^H.
 */
public final class Cofactors {
  /** Quotients of U's diagonal below which the inverse is not trusted. */
  private static final double SINGULAR = 1e-3;

  private final DType t;
  private final long n;
  private final long bytes;

  private Cofactors(DType t, long n) {
    this.t = t;
    this.n = n;
    this.bytes = n * n * t.bytes();
  }

  /** Replaces the column-major matrix [n, n] at {@code a}; gives LAPACK's info. */
  public static int inPlace(DType t, long n, long a) {
    return new Cofactors(t, n).run(a);
  }

  private int run(long a) {
    try (Scratch scratch = new Scratch(bytes + 8 * n)) {
      long lu = scratch.at();
      long pivots = lu + bytes;
      HostMemory.copy(a, lu, bytes);
      Lapack.getrf(t, n, n, lu, pivots);
      if (!regular(lu)) {
        return bySingularValues(a);
      }
      Determinant d = Determinant.of(t, lu, pivots, n, Determinant.Form.PLAIN);
      int info = Lapack.getri(t, n, lu, pivots);
      for (long i = 0; i < n; i++) {
        for (long j = 0; j < n; j++) {
          scaled(lu + (i + j * n) * t.bytes(), a + (j + i * n) * t.bytes(), d);
        }
      }
      return info;
    }
  }

  private boolean regular(long lu) {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (long i = 0; i < n; i++) {
      long at = lu + i * (n + 1) * t.bytes();
      double size = Math.abs(Determinant.read(t, at));
      if (LapackCall.isComplex(t)) {
        size = Math.hypot(size, Determinant.read(t, at + t.bytes() / 2));
      }
      least = Math.min(least, size);
      most = Math.max(most, size);
    }
    return least > SINGULAR * most;
  }

  /** The conjugate of the element at {@code from} times {@code d}. */
  private void scaled(long from, long to, Determinant d) {
    double a = Determinant.read(t, from);
    if (!LapackCall.isComplex(t)) {
      Determinant.write(t, to, a * d.re());
      return;
    }
    double b = Determinant.read(t, from + t.bytes() / 2);
    Determinant.write(t, to, a * d.re() - b * d.im());
    Determinant.write(t, to + t.bytes() / 2, -(a * d.im() + b * d.re()));
  }

  private int bySingularValues(long a) {
    int real = LapackCall.real(t).bytes();
    try (Scratch scratch = new Scratch(3 * bytes + 16 * n)) {
      long u = scratch.at();
      long v = u + bytes;
      long spare = v + bytes;
      long s = spare + bytes;
      long pivots = s + n * real;
      int info = Lapack.gesdd(t, 'S', n, n, a, s, u, v);
      if (info != 0) {
        return info;
      }
      Determinant left = determinant(u, spare, pivots);
      Determinant right = determinant(v, spare, pivots);
      // The gradient takes the conjugate of the determinant.
      double re = left.re() * right.re() - left.im() * right.im();
      double im = -(left.re() * right.im() + left.im() * right.re());
      for (long j = 0; j < n; j++) {
        double others = 1;
        for (long k = 0; k < n; k++) {
          others *= k == j ? 1 : Determinant.read(t, s + k * real);
        }
        Determinant factor = new Determinant(others * re, others * im, 0);
        for (long i = 0; i < n; i++) {
          times(u + (i + j * n) * t.bytes(), factor);
        }
      }
      // Of column-major matrices the factors change places.
      Lapack.multiply(t, n, v, u, a);
      return 0;
    }
  }

  private Determinant determinant(long unitary, long spare, long pivots) {
    HostMemory.copy(unitary, spare, bytes);
    Lapack.getrf(t, n, n, spare, pivots);
    return Determinant.of(t, spare, pivots, n, Determinant.Form.PLAIN);
  }

  private void times(long at, Determinant d) {
    double a = Determinant.read(t, at);
    if (!LapackCall.isComplex(t)) {
      Determinant.write(t, at, a * d.re());
      return;
    }
    double b = Determinant.read(t, at + t.bytes() / 2);
    Determinant.write(t, at, a * d.re() - b * d.im());
    Determinant.write(t, at + t.bytes() / 2, a * d.im() + b * d.re());
  }
}
