package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;

/**
 * Products of row-major matrices on host addresses.
 *
 * <p>The bits of a result do not depend on the number of threads. Callers keep the owners of the
 * addresses reachable.
 */
public final class Gemm {
  /** Batches of fewer products than this run one by one, each cut into pieces. */
  private static final long FEW = 8;

  /** Multiplications from which on parts lead; at so many they are even. */
  private static final long LARGE_COMPLEX = 1_000_000;

  private Gemm() {}

  /**
   * Whether matrices of {@code dtype} are multiplied as they are, summed in float32 if they are
   * halves and rounded once.
   */
  public static boolean multiplies(DType dtype) {
    return switch (dtype) {
      case FLOAT32, FLOAT64, INT32, INT64, COMPLEX64, COMPLEX128 -> true;
      case BFLOAT16 -> OneDnn.available() && OneDnn.hasBfloat16();
      default -> false;
    };
  }

  /**
   * Whether a complex product of so many multiplications is faster as four real ones: with AVX-512
   * oneDNN takes 0.6 of OpenBLAS's time for large matrices in single precision.
   */
  public static boolean multipliesParts(DType dtype, long multiplications) {
    boolean single = dtype == DType.COMPLEX64 && OneDnn.available() && OneDnn.hasAvx512();
    return single && multiplications > LARGE_COMPLEX;
  }

  /**
   * Multiplies {@code batch} times, at addresses that lie {@code strideA}, {@code strideB} and
   * {@code strideC} bytes apart.
   */
  public static void multiply(
      Product product,
      long batch,
      long a,
      long strideA,
      long b,
      long strideB,
      long c,
      long strideC) {
    if (product.m() == 0 || product.n() == 0) {
      return;
    }
    GemmLibrary library = GemmPlan.library(product);
    if (batch < FEW || Workers.threads() == 1) {
      for (long i = 0; i < batch; i++) {
        multiply(library, product, a + i * strideA, b + i * strideB, c + i * strideC);
      }
      return;
    }
    Workers.run(
        batch,
        GemmPlan.productsWorthATask(product),
        (begin, end) -> {
          for (long i = begin; i < end; i++) {
            multiply(library, product, a + i * strideA, b + i * strideB, c + i * strideC);
          }
        });
  }

  private static void multiply(GemmLibrary library, Product product, long a, long b, long c) {
    long rows = GemmPlan.rows(library, product);
    long columns = GemmPlan.columns(library, product);
    long across = (product.n() + columns - 1) / columns;
    long pieces = (product.m() + rows - 1) / rows * across;
    if (pieces == 1 || Workers.threads() == 1 || !GemmPlan.isShared(product)) {
      pieces(library, product, rows, columns, 0, pieces, a, b, c);
    } else {
      Workers.run(
          pieces,
          GemmPlan.productsWorthATask(product.piece(rows, columns)),
          (begin, end) -> pieces(library, product, rows, columns, begin, end, a, b, c));
    }
  }

  private static void pieces(
      GemmLibrary library,
      Product product,
      long rows,
      long columns,
      long begin,
      long end,
      long a,
      long b,
      long c) {
    long across = (product.n() + columns - 1) / columns;
    for (long piece = begin; piece < end; piece++) {
      long i = piece / across * rows;
      long j = piece % across * columns;
      library.multiply(
          product.piece(Math.min(rows, product.m() - i), Math.min(columns, product.n() - j)),
          a + product.rowOfA(i),
          b + product.columnOfB(j),
          c + product.elementOfC(i, j));
    }
  }
}
