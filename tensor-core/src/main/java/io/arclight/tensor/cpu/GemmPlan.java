package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;

/**
 * Which library multiplies a shape, and where it is cut into tasks: a pure function of the shape
 * and the processor model, so that the bits of a result depend on nothing else.
 *
 * <p>Measured (GemmBenchmark, one thread). With AVX-512, OpenBLAS has kernels for products of up to
 * 10^6 multiplications, 1.1-10 times as fast as oneDNN's, less with a transposed B; above oneDNN
 * leads by 5-50 %. With AVX2 oneDNN leads on thin and small shapes (1.2-10 times) and OpenBLAS on
 * wide and on tiny ones (up to 2 times). Pieces of 32 rows cost oneDNN a few per cent, but a
 * transposed B is packed again for each and wants broad ones, as OpenBLAS does.
 */
final class GemmPlan {
  private static final long SMALL = 1_000_000;
  private static final long SMALL_TRANSPOSED = 200_000;
  private static final long TINY = 32_000;
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

  static GemmLibrary library(Product p) {
    boolean openBlas = OpenBlas.fits(p);
    if (p.k() == 0 || !p.dtype().isFloatingPoint()) {
      return GemmLibrary.JAVA;
    }
    if (p.dtype() == DType.FLOAT32 && OneDnn.available() && !(openBlas && openBlasLeads(p))) {
      return GemmLibrary.ONEDNN;
    }
    return openBlas ? GemmLibrary.OPENBLAS : GemmLibrary.JAVA;
  }

  private static boolean openBlasLeads(Product p) {
    long multiplications = p.multiplications();
    if (OneDnn.hasAvx512()) {
      return p.m() <= 2
          || p.n() <= THIN && !p.transB()
          || multiplications <= (p.transB() ? SMALL_TRANSPOSED : SMALL);
    }
    return multiplications <= TINY || p.n() >= WIDE && p.m() >= TALL && !p.transB();
  }

  /** Rows of a piece; m when rows are not cut. */
  static long rows(GemmLibrary library, Product p) {
    if (p.multiplications() < UNCUT || columns(library, p) < p.n()) {
      return p.m();
    }
    long least = library == GemmLibrary.OPENBLAS ? MOST_ROWS : p.transB() ? ROWS_TRANSPOSED : ROWS;
    long share = Math.min(MOST_ROWS, Math.max(least, p.m() / PIECES));
    return Math.min(p.m(), roundUp(Math.max(share, PIECE / Math.max(1, p.n() * p.k()))));
  }

  /** Columns of a piece; n when columns are not cut. */
  static long columns(GemmLibrary library, Product p) {
    boolean byColumns = library == GemmLibrary.OPENBLAS || p.transB() || p.m() < 2 * ROWS;
    long least = library == GemmLibrary.OPENBLAS ? WIDE : COLUMNS;
    if (!byColumns || p.multiplications() < UNCUT || p.n() < 2 * least) {
      return p.n();
    }
    return Math.min(p.n(), roundUp(Math.max(least, PIECE / Math.max(1, p.m() * p.k()))));
  }

  private static long roundUp(long count) {
    return (count + ROWS - 1) / ROWS * ROWS;
  }

  /** Products of a batch that make a task worth its start. */
  static long productsWorthATask(Product p) {
    return 1 + PIECE / Math.max(1, p.multiplications());
  }
}
