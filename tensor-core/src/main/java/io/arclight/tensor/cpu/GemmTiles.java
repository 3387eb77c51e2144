package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;

/**
 * Products in tiles of at most a million multiplications, for which OpenBLAS has kernels for
 * AVX-512 that read matrices as they lie.
 *
 * <p>Measured on Zen 5, one thread, to the time without tiles: 0.4 to 0.86 where B is transposed
 * and there are 3 to 16 rows, 0.1 to 0.4 for 2 rows of any B; in float64 0.65 to 0.89, and 0.27 to
 * 0.73 where B is transposed.
 */
final class GemmTiles {
  /** The most multiplications that the kernels take, and the fewest that are worth tiles. */
  private static final long TILE = 1_000_000;

  private static final long LEAST_TRANSPOSED_B = 200_000;

  /** Bytes of a row of B that the kernels work at. */
  private static final long ROW = 256;

  /** What the rows of a tile are rounded to. */
  private static final long ROUND = 8;

  private static final long ROUND_TRANSPOSED_A = 24;

  /** Rows with which tiles lead where B is transposed; other tiles have so many, or all. */
  private static final long FEW = 16;

  /** Multiplications up to which tiles lead with more rows. */
  private static final long MOST = 40_000_000;

  /** Columns up to which they do so in float32. */
  private static final long NARROW = 128;

  /** Columns up to which tiles do not lead. */
  private static final long THIN = 8;

  private GemmTiles() {}

  /** Columns of a tile; 0 where the product is faster without tiles. */
  static long columns(Product p) {
    if (!leads(p) || !OneDnn.hasAvx512() || !OpenBlas.fits(p)) {
      return 0;
    }
    long columns = Math.min(p.n(), ROW / p.dtype().bytes());
    return fits(p, columns) ? columns : p.transB() && fits(p, columns / 2) ? columns / 2 : 0;
  }

  private static boolean leads(Product p) {
    boolean real = p.dtype() == DType.FLOAT32 || p.dtype() == DType.FLOAT64;
    if (!real || p.m() == 1 || p.n() <= THIN || p.transA() && p.transB()) {
      return false;
    }
    long multiplications = p.multiplications();
    if (p.transB()) {
      return multiplications > LEAST_TRANSPOSED_B && p.m() <= FEW;
    }
    boolean known = p.dtype() == DType.FLOAT64 || p.transA() && p.m() > FEW && p.n() <= NARROW;
    return multiplications > TILE && (p.m() == 2 || known && multiplications <= MOST);
  }

  /** Whether a tile with so many columns has rows enough. */
  private static boolean fits(Product p, long columns) {
    return Math.min(p.m(), p.transA() ? ROUND_TRANSPOSED_A : FEW) * columns * p.k() <= TILE;
  }

  /** Rows of a tile with so many columns. */
  static long rows(Product p, long columns) {
    long most = TILE / (columns * p.k());
    if (p.m() <= most) {
      return p.m();
    }
    long round = p.transA() ? ROUND_TRANSPOSED_A : ROUND;
    long tiles = ceil(p.m(), most - most % round);
    return ceil(ceil(p.m(), tiles), round) * round;
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }

  /**
   * How many columns of a B that stays for many products are to lie together, n for all: panels for
   * tiles, which take 0.8 of the time of oneDNN with B packed for 16 rows by (128, 512).
   */
  static long panel(Product p) {
    long columns = ROW / p.dtype().bytes();
    boolean fits = ROUND * columns * p.k() <= TILE;
    return fits && OneDnn.hasAvx512() && OpenBlas.fits(p) ? Math.min(columns, p.n()) : p.n();
  }
}
