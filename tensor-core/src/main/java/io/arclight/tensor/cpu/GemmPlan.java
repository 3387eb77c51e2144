package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;

/**
 * Which library multiplies a shape, and where it is cut into tasks: a pure function of the shape
 * and the processor model, so that the bits of a result depend on nothing else.
 *
 * <p>Measured (GemmBenchmark, one thread). With AVX-512, OpenBLAS has kernels for products of up to
 * 10^6 multiplications, 1.1-10 times as fast as oneDNN's, less with a transposed B; somewhat larger
 * ones are cut for them ({@link GemmTiles}). Above oneDNN leads by 5-50 %, but for sums of just 32
 * products, where OpenBLAS leads by 20-45 %. With AVX2 oneDNN leads on thin and small shapes
 * (1.2-10 times) and OpenBLAS on wide and on tiny ones (up to 2 times).
 *
 * <p>A piece packs its part of B, or of A, again: on Zen 5 pieces of 32 rows cost oneDNN 35 %, of
 * 64 rows 14 %, of 128 5 %, of 256 1 to 3 %, of 512 nothing; of columns half as many do. OpenBLAS
 * loses twice as much by rows, and 3 to 6 % by 512 columns. Of narrow products oneDNN loses 3 % by
 * pieces of 2048 rows, 10 % by 736, and up to 60 % where rows are an odd multiple of 32, which it
 * then takes so many at a time.
 */
final class GemmPlan {
  private static final long SMALL = 1_000_000;
  private static final long SMALL_TRANSPOSED = 200_000;
  private static final long LARGE = 50_000_000;
  private static final long TINY = 32_000;
  private static final long WIDE = 512;
  private static final long TALL = 128;

  /** Multiplications below which a product is not cut, and the fewest in a piece. */
  private static final long UNCUT = 5_000_000;

  private static final long PIECE = 3_000_000;

  /** Rows of which a piece by the Java loops is a multiple. */
  private static final long ROUND = 32;

  /** Multiplications for a row of a product that is called narrow. */
  private static final long NARROW = 8192;

  private GemmPlan() {}

  static GemmLibrary library(Product p) {
    boolean openBlas = OpenBlas.fits(p);
    if (p.k() == 0 || p.dtype().isInteger()) {
      return GemmLibrary.JAVA;
    }
    if (p.dtype() == DType.BFLOAT16) {
      return GemmLibrary.ONEDNN;
    }
    if (p.dtype() == DType.FLOAT32 && OneDnn.available() && !(openBlas && openBlasLeads(p))) {
      return GemmLibrary.ONEDNN;
    }
    return openBlas ? GemmLibrary.OPENBLAS : GemmLibrary.JAVA;
  }

  private static boolean openBlasLeads(Product p) {
    long multiplications = p.multiplications();
    if (OneDnn.hasAvx512()) {
      return p.m() == 1
          || GemmTiles.columns(p) > 0
          || multiplications <= (p.transB() ? SMALL_TRANSPOSED : SMALL)
          || oneDnnStumbles(p);
    }
    return multiplications <= TINY || p.n() >= WIDE && p.m() >= TALL && !p.transB();
  }

  /** Depths of 31 and 33 take oneDNN a third less time than 32 does. */
  private static boolean oneDnnStumbles(Product p) {
    return p.k() == 32 && (p.m() <= 256 || p.n() >= 128) && p.multiplications() <= LARGE;
  }

  /** Rows of a piece; m when rows are not cut. */
  static long rows(GemmLibrary library, Product p) {
    long tile = tile(library, p);
    if (tile > 0) {
      return GemmTiles.rows(p, tile);
    }
    if (library == GemmLibrary.JAVA) {
      return piece(p, p.m(), ROUND);
    }
    boolean byColumns = columns(library, p) < p.n();
    long many = p.n() * p.k() <= NARROW ? 2048 : 512;
    long rows = p.m() >= 1024 ? many : p.m() >= 512 ? 256 : byColumns || p.m() < 256 ? p.m() : 128;
    boolean whole = library == GemmLibrary.OPENBLAS && (byColumns || p.m() < 1024);
    return whole ? p.m() : piece(p, p.m(), rows);
  }

  /** Columns of a piece; n when columns are not cut. */
  static long columns(GemmLibrary library, Product p) {
    long tile = tile(library, p);
    if (tile > 0) {
      return tile;
    }
    long least = library == GemmLibrary.OPENBLAS ? 1024 : 512;
    return library == GemmLibrary.JAVA || p.n() < least
        ? p.n()
        : piece(p, p.n(), p.n() >= 1024 ? 512 : 256);
  }

  private static long tile(GemmLibrary library, Product p) {
    return library == GemmLibrary.OPENBLAS ? GemmTiles.columns(p) : 0;
  }

  /** Whether threads share the work. */
  static boolean isShared(Product p) {
    return p.multiplications() >= UNCUT;
  }

  /** {@code length} or a multiple of {@code wanted} below: more if that is little work. */
  private static long piece(Product p, long length, long wanted) {
    if (p.multiplications() < UNCUT) {
      return length;
    }
    long worth = Math.max(1, PIECE / Math.max(1, p.multiplications() / length));
    return Math.min(length, (worth + wanted - 1) / wanted * wanted);
  }

  /** Products of a batch that make a task worth its start. */
  static long productsWorthATask(Product p) {
    return 1 + PIECE / Math.max(1, p.multiplications());
  }
}
