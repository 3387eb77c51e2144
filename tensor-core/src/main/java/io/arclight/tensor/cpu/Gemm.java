package io.arclight.tensor.cpu;

/**
 * Products of row-major matrices on host addresses: C = alpha * op(A) op(B) + beta * C with op(A)
 * of (m, k), op(B) of (k, n), C of (m, n), and leading dimensions in elements.
 *
 * <p>With {@code beta == 0} what C held is not read. The bits of a result do not depend on the
 * number of threads. Callers keep the owners of the addresses reachable.
 */
public final class Gemm {
  /** Batches of fewer products than this run one by one, each cut into pieces. */
  private static final long FEW = 8;

  private Gemm() {}

  /** Product of float32 matrices. */
  public static void sgemm(
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      float alpha,
      long a,
      long lda,
      long b,
      long ldb,
      float beta,
      long c,
      long ldc) {
    product(
        GemmPlan.floats(transB, m, n, k),
        4,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        lda,
        b,
        ldb,
        beta,
        c,
        ldc);
  }

  /** Product of float64 matrices. */
  public static void dgemm(
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long b,
      long ldb,
      double beta,
      long c,
      long ldc) {
    product(
        GemmPlan.doubles(m, n, k), 8, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }

  /** {@code batch} products of float32 matrices that lie {@code strideA, B, C} elements apart. */
  public static void sgemmBatch(
      long batch,
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      float alpha,
      long a,
      long lda,
      long strideA,
      long b,
      long ldb,
      long strideB,
      float beta,
      long c,
      long ldc,
      long strideC) {
    batch(
        GemmPlan.floats(transB, m, n, k),
        4,
        batch,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        lda,
        strideA,
        b,
        ldb,
        strideB,
        beta,
        c,
        ldc,
        strideC);
  }

  /** {@code batch} products of float64 matrices that lie {@code strideA, B, C} elements apart. */
  public static void dgemmBatch(
      long batch,
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long strideA,
      long b,
      long ldb,
      long strideB,
      double beta,
      long c,
      long ldc,
      long strideC) {
    batch(
        GemmPlan.doubles(m, n, k),
        8,
        batch,
        transA,
        transB,
        m,
        n,
        k,
        alpha,
        a,
        lda,
        strideA,
        b,
        ldb,
        strideB,
        beta,
        c,
        ldc,
        strideC);
  }

  /** Product of int32 matrices, wrapping on overflow: C = op(A) op(B). */
  public static void igemm32(
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      long a,
      long lda,
      long b,
      long ldb,
      long c,
      long ldc) {
    JavaGemm.Matrices x = JavaGemm.Matrices.of(transA, transB, a, lda, b, ldb, c, ldc);
    Workers.run(
        m,
        GemmPlan.rows(GemmLibrary.JAVA, false, m, n, k),
        (begin, end) -> JavaGemm.igemm32(x, begin, end, n, k));
  }

  /** Product of int64 matrices, wrapping on overflow: C = op(A) op(B). */
  public static void igemm64(
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      long a,
      long lda,
      long b,
      long ldb,
      long c,
      long ldc) {
    JavaGemm.Matrices x = JavaGemm.Matrices.of(transA, transB, a, lda, b, ldb, c, ldc);
    Workers.run(
        m,
        GemmPlan.rows(GemmLibrary.JAVA, false, m, n, k),
        (begin, end) -> JavaGemm.igemm64(x, begin, end, n, k));
  }

  private static void batch(
      GemmLibrary library,
      int bytes,
      long batch,
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long strideA,
      long b,
      long ldb,
      long strideB,
      double beta,
      long c,
      long ldc,
      long strideC) {
    Workers.RangeBody body =
        (begin, end) -> {
          for (long i = begin; i < end; i++) {
            product(
                library,
                bytes,
                transA,
                transB,
                m,
                n,
                k,
                alpha,
                a + bytes * i * strideA,
                lda,
                b + bytes * i * strideB,
                ldb,
                beta,
                c + bytes * i * strideC,
                ldc);
          }
        };
    if (batch < FEW) {
      body.run(0, batch);
    } else {
      Workers.run(batch, GemmPlan.productsWorthATask(m, n, k), body);
    }
  }

  private static void product(
      GemmLibrary library,
      int bytes,
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long b,
      long ldb,
      double beta,
      long c,
      long ldc) {
    if (m == 0 || n == 0) {
      return;
    }
    long rows = GemmPlan.rows(library, transB, m, n, k);
    long columns = GemmPlan.columns(library, transB, m, n, k);
    long pieces = ((m + rows - 1) / rows) * ((n + columns - 1) / columns);
    if (pieces == 1 || Workers.threads() == 1) {
      pieces(
          library, bytes, rows, columns, 0, pieces, transA, transB, m, n, k, alpha, a, lda, b, ldb,
          beta, c, ldc);
    } else {
      Workers.run(
          pieces,
          1,
          (begin, end) ->
              pieces(
                  library, bytes, rows, columns, begin, end, transA, transB, m, n, k, alpha, a, lda,
                  b, ldb, beta, c, ldc));
    }
  }

  private static void pieces(
      GemmLibrary library,
      int bytes,
      long rows,
      long columns,
      long begin,
      long end,
      boolean transA,
      boolean transB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long b,
      long ldb,
      double beta,
      long c,
      long ldc) {
    long across = (n + columns - 1) / columns;
    for (long piece = begin; piece < end; piece++) {
      long i = piece / across * rows;
      long j = piece % across * columns;
      library.multiply(
          bytes,
          transA,
          transB,
          Math.min(rows, m - i),
          Math.min(columns, n - j),
          k,
          alpha,
          a + bytes * (transA ? i : i * lda),
          leading(transA ? k : m, transA ? m : k, lda),
          b + bytes * (transB ? j * ldb : j),
          leading(transB ? n : k, transB ? k : n, ldb),
          beta,
          c + bytes * (i * ldc + j),
          leading(m, n, ldc));
    }
  }

  /** The stride of a single row means nothing, but the libraries check it. */
  private static long leading(long rows, long columns, long stride) {
    return rows == 1 ? Math.max(stride, columns) : stride;
  }
}
