package io.arclight.tensor.cpu;

/**
 * Which library multiplies a shape, and where it is cut into tasks: a pure function of the shape
 * and the processor model, so that the bits of a result depend on nothing else.
 *
 * <p>Measured (GemmBenchmark, one thread). With AVX-512, OpenBLAS has kernels for products of up to
 * 10^6 multiplications, 1.1-10 times as fast as oneDNN's; above oneDNN leads by 5-50 %. With AVX2
 * oneDNN leads on thin and small shapes (1.2-10 times) and OpenBLAS on wide ones (up to 2 times).
 * Pieces of 32 rows cost oneDNN a few per cent, but a transposed B is packed again for each and
 * wants broad ones, as OpenBLAS does.
 */
final class GemmPlan {
  private static final long SMALL = 1_000_000;
  private static final long THIN = 8;
  private static final long WIDE = 512;
  private static final long TALL = 128;

  /** Multiplications below which a product is not cut, and the fewest in a piece. */
  private static final long UNCUT = 5_000_000;

  private static final long PIECE = 3_000_000;
  private static final long ROWS = 32;
  private static final long ROWS_TRANSPOSED = 128;
  private static final long MOST_ROWS = 256;
  private static final long COLUMNS = 256;
  private static final long PIECES = 16;

  private GemmPlan() {}

  static GemmLibrary floats(boolean transB, long m, long n, long k) {
    if (k == 0) {
      return GemmLibrary.JAVA;
    }
    boolean openBlas = OpenBlas.available();
    if (!OneDnn.available()) {
      return openBlas ? GemmLibrary.OPENBLAS : GemmLibrary.JAVA;
    }
    boolean preferred =
        OneDnn.hasAvx512() ? smallKernel(transB, m, n, k) : n >= WIDE && m >= TALL && !transB;
    return openBlas && preferred && fitsInt(m, n, k) ? GemmLibrary.OPENBLAS : GemmLibrary.ONEDNN;
  }

  static GemmLibrary doubles(long m, long n, long k) {
    return k > 0 && OpenBlas.available() && fitsInt(m, n, k)
        ? GemmLibrary.OPENBLAS
        : GemmLibrary.JAVA;
  }

  /** Rows of a piece; m when rows are not cut. */
  static long rows(GemmLibrary library, boolean transB, long m, long n, long k) {
    if (m * n * k < UNCUT || columns(library, transB, m, n, k) < n) {
      return m;
    }
    long least = library == GemmLibrary.OPENBLAS ? MOST_ROWS : transB ? ROWS_TRANSPOSED : ROWS;
    long share = Math.min(MOST_ROWS, Math.max(least, m / PIECES));
    return Math.min(m, roundUp(Math.max(share, PIECE / Math.max(1, n * k))));
  }

  /** Columns of a piece; n when columns are not cut. */
  static long columns(GemmLibrary library, boolean transB, long m, long n, long k) {
    boolean byColumns = library == GemmLibrary.OPENBLAS || transB || m < 2 * ROWS;
    long least = library == GemmLibrary.OPENBLAS ? WIDE : COLUMNS;
    if (!byColumns || m * n * k < UNCUT || n < 2 * least) {
      return n;
    }
    return Math.min(n, roundUp(Math.max(least, PIECE / Math.max(1, m * k))));
  }

  private static long roundUp(long count) {
    return (count + ROWS - 1) / ROWS * ROWS;
  }

  /** Products of a batch that make a task worth its start. */
  static long productsWorthATask(long m, long n, long k) {
    return 1 + PIECE / Math.max(1, m * n * k);
  }

  private static boolean smallKernel(boolean transB, long m, long n, long k) {
    if (n <= THIN || m <= 2) {
      return true;
    }
    return m * n * k <= SMALL && !(transB && n >= TALL);
  }

  private static boolean fitsInt(long m, long n, long k) {
    return Math.max(m, Math.max(n, k)) <= Integer.MAX_VALUE;
  }
}
