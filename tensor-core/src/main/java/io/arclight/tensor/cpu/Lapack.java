package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.memory.HostMemory;

/**
 * Factorisations of LAPACK, as OpenBLAS has it, of column-major matrices without gaps at host
 * addresses, on the calling thread alone. Routines that may fail give LAPACK's info: 0 or what it
 * says.
 */
public final class Lapack {
  private static final int INT = 4;

  /** A routine that takes room to work in, whose size it tells when asked with -1. */
  @FunctionalInterface
  private interface Sized {
    LapackCall call(long work, long size);
  }

  private Lapack() {}

  private static int sized(DType t, Sized routine) {
    long size;
    try (Scratch answer = new Scratch(16)) {
      routine.call(answer.at(), -1).run();
      double told =
          LapackCall.real(t).bytes() == 4
              ? HostMemory.float32(answer.at())
              : HostMemory.float64(answer.at());
      // Large sizes are rounded in float32.
      size = (long) Math.ceil(told * (1 + 0x1p-22));
    }
    try (Scratch work = new Scratch(Math.max(1, size) * t.bytes())) {
      return routine.call(work.at(), Math.max(1, size)).run();
    }
  }

  private static char letter(Triangle part) {
    return part == Triangle.LOWER ? 'L' : 'U';
  }

  private static long leading(long rows) {
    return Math.max(1, rows);
  }

  /** Cholesky factor of one triangle of [n, n] in its place. */
  public static int potrf(DType t, Triangle part, long n, long a) {
    return LapackCall.of("potrf", t).of(letter(part)).of(n).at(a).of(leading(n)).run();
  }

  /** LU factors of [m, n] in its place, and the row that each was swapped with, from 1. */
  public static int getrf(DType t, long m, long n, long a, long pivots) {
    return LapackCall.of("getrf", t).of(m).of(n).at(a).of(leading(m)).at(pivots).run();
  }

  /**
   * Solves for {@code columns} right sides in their place.
   *
   * @param transpose N, T or C: A, its transpose, its conjugate transpose
   */
  public static void getrs(
      DType t, char transpose, long n, long columns, long lu, long pivots, long b) {
    LapackCall.of("getrs", t)
        .of(transpose)
        .of(n)
        .of(columns)
        .at(lu)
        .of(leading(n))
        .at(pivots)
        .at(b)
        .of(leading(n))
        .run();
  }

  /** The inverse from LU factors in their place. */
  public static int getri(DType t, long n, long lu, long pivots) {
    return sized(
        t,
        (work, size) ->
            LapackCall.of("getri", t).of(n).at(lu).of(leading(n)).at(pivots).at(work).of(size));
  }

  /** Householder vectors and R of [m, n] in its place, and the vectors' factors. */
  public static void geqrf(DType t, long m, long n, long a, long tau) {
    sized(
        t,
        (work, size) ->
            LapackCall.of("geqrf", t).of(m).of(n).at(a).of(leading(m)).at(tau).at(work).of(size));
  }

  /** The first {@code n} columns of the product of {@code k} reflections, in their place. */
  public static void orgqr(DType t, long m, long n, long k, long a, long tau) {
    sized(
        t,
        (work, size) ->
            LapackCall.of(LapackCall.isComplex(t) ? "ungqr" : "orgqr", t)
                .of(m)
                .of(n)
                .of(k)
                .at(a)
                .of(leading(m))
                .at(tau)
                .at(work)
                .of(size));
  }

  /**
   * Singular values, and vectors, of [m, n], which is overwritten.
   *
   * @param job N for none of the vectors, S for the first min(m, n), A for all
   * @param s real
   */
  public static int gesdd(DType t, char job, long m, long n, long a, long s, long u, long vt) {
    long k = Math.min(m, n);
    long rowsOfVt = job == 'A' ? n : k;
    long most = Math.max(m, n);
    long reals =
        !LapackCall.isComplex(t)
            ? 0
            : job == 'N' ? 7 * k : Math.max(5 * k * k + 7 * k, 2 * most * k + 2 * k * k + k);
    try (Scratch integers = new Scratch(8 * INT * Math.max(1, k));
        Scratch real = new Scratch(8 * Math.max(1, reals))) {
      return sized(
          t,
          (work, size) -> {
            LapackCall call =
                LapackCall.of("gesdd", t)
                    .of(job)
                    .of(m)
                    .of(n)
                    .at(a)
                    .of(leading(m))
                    .at(s)
                    .at(u)
                    .of(leading(m))
                    .at(vt)
                    .of(leading(rowsOfVt))
                    .at(work)
                    .of(size);
            if (reals > 0) {
              call.at(real.at());
            }
            return call.at(integers.at());
          });
    }
  }

  /**
   * Eigenvalues, rising, of a symmetric or Hermitian [n, n], and its eigenvectors in its place.
   *
   * @param job N for values only, V for vectors
   * @param values real
   */
  public static int eigh(DType t, char job, Triangle part, long n, long a, long values) {
    boolean complex = LapackCall.isComplex(t);
    long reals = complex ? (job == 'N' ? n : 1 + 5 * n + 2 * n * n) : 0;
    long integers = job == 'N' ? 1 : 3 + 5 * n;
    try (Scratch ints = new Scratch(INT * integers);
        Scratch real = new Scratch(8 * Math.max(1, reals))) {
      return sized(
          t,
          (work, size) -> {
            LapackCall call =
                LapackCall.of(complex ? "heevd" : "syevd", t)
                    .of(job)
                    .of(letter(part))
                    .of(n)
                    .at(a)
                    .of(leading(n))
                    .at(values)
                    .at(work)
                    .of(size);
            if (complex) {
              call.at(real.at()).of(size < 0 ? -1 : reals);
            }
            // Asked for its size it writes the others' sizes too, here where there is room.
            return call.at(ints.at()).of(size < 0 ? -1 : integers);
          });
    }
  }

  /**
   * Eigenvalues and right eigenvectors of [n, n], which is overwritten. In real arithmetic values
   * are given as real and imaginary parts, and a conjugate pair's vectors as two columns, the real
   * and the imaginary part of the first.
   *
   * @param job N for values only, V for vectors
   * @param values complex, or the real parts
   * @param imaginary parts; not read in complex arithmetic
   */
  public static int geev(DType t, char job, long n, long a, long values, long imaginary, long v) {
    boolean complex = LapackCall.isComplex(t);
    try (Scratch real = new Scratch(16 * Math.max(1, n))) {
      return sized(
          t,
          (work, size) -> {
            LapackCall call =
                LapackCall.of("geev", t).of('N').of(job).of(n).at(a).of(leading(n)).at(values);
            if (!complex) {
              call.at(imaginary);
            }
            call.at(0).of(1).at(v).of(leading(n)).at(work).of(size);
            return complex ? call.at(real.at()) : call;
          });
    }
  }

  /** Least squares of full rank: [m, n] is overwritten, b [max(m, n), columns] holds the answer. */
  public static int gels(DType t, long m, long n, long columns, long a, long b) {
    return sized(
        t,
        (work, size) ->
            LapackCall.of("gels", t)
                .of('N')
                .of(m)
                .of(n)
                .of(columns)
                .at(a)
                .of(leading(m))
                .at(b)
                .of(leading(Math.max(m, n)))
                .at(work)
                .of(size));
  }

  /**
   * Least squares of least norm, of any rank, which is written as int32.
   *
   * @param routine gelsy, gelss or gelsd
   * @param values the singular values, real; not written by gelsy
   */
  public static int gelsx(
      DType t,
      String routine,
      long m,
      long n,
      long columns,
      long a,
      long b,
      double tolerance,
      long rank,
      long values) {
    boolean complex = LapackCall.isComplex(t);
    boolean pivots = routine.equals("gelsy");
    boolean divides = routine.equals("gelsd");
    long k = Math.max(1, Math.min(m, n));
    // As LAPACK's text bounds them, for leaves of 25 rows and the tree that they make.
    long levels = Math.max(0, (long) (Math.log(k / 26.0) / Math.log(2)) + 1);
    long integers = Math.max(n, k * (3 * levels + 11)) + 16;
    long reals =
        10 * Math.max(m, n)
            + 2 * k * 25
            + 8 * k * levels
            + 3 * 25 * columns
            + Math.max(26 * 26, n * (1 + columns) + 2 * columns)
            + 16;
    DType norm = LapackCall.real(t);
    try (Scratch ints = new Scratch(INT * integers);
        Scratch real = new Scratch(8 * reals)) {
      HostMemory.fill(ints.at(), INT * integers, (byte) 0);
      return sized(
          t,
          (work, size) -> {
            LapackCall call =
                LapackCall.of(routine, t)
                    .of(m)
                    .of(n)
                    .of(columns)
                    .at(a)
                    .of(leading(m))
                    .at(b)
                    .of(leading(Math.max(m, n)))
                    .at(pivots ? ints.at() : values);
            call.of(norm, tolerance).at(rank).at(work).of(size);
            if (complex) {
              call.at(real.at());
            }
            return divides ? call.at(ints.at()) : call;
          });
    }
  }

  /**
   * Solves with a triangular matrix, A X = B or X A = B, in B's place [m, n].
   *
   * @param side L or R: on which side of X the matrix stands
   * @param transpose N, T or C
   * @param diagonal N, or U for ones that are not read
   */
  public static void trsm(
      DType t,
      char side,
      Triangle part,
      char transpose,
      char diagonal,
      long m,
      long n,
      long a,
      long lda,
      long b) {
    LapackCall call =
        LapackCall.of("trsm", t).of(side).of(letter(part)).of(transpose).of(diagonal).of(m).of(n);
    call.number(t, 1).at(a).of(lda).at(b).of(leading(m)).invoke();
  }

  /** The product of row-major matrices [n, n] in other memory. */
  static void multiply(DType t, long n, long a, long b, long c) {
    // To Fortran all are transposed, so that the factors change places.
    LapackCall.of("gemm", t)
        .of('N')
        .of('N')
        .of(n)
        .of(n)
        .of(n)
        .number(t, 1)
        .at(b)
        .of(leading(n))
        .at(a)
        .of(leading(n))
        .number(t, 0)
        .at(c)
        .of(leading(n))
        .invoke();
  }
}
