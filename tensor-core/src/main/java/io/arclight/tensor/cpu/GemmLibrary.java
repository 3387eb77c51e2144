package io.arclight.tensor.cpu;

/** Who multiplies; each on the calling thread alone. */
enum GemmLibrary {
  ONEDNN {
    @Override
    void multiply(
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
      OneDnn.sgemm(transA, transB, m, n, k, (float) alpha, a, lda, b, ldb, (float) beta, c, ldc);
    }
  },
  OPENBLAS {
    @Override
    void multiply(
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
      int intM = (int) m;
      int intN = (int) n;
      int intK = (int) k;
      int intLda = Math.toIntExact(lda);
      int intLdb = Math.toIntExact(ldb);
      int intLdc = Math.toIntExact(ldc);
      if (bytes == Float.BYTES) {
        OpenBlas.sgemm(
            transA,
            transB,
            intM,
            intN,
            intK,
            (float) alpha,
            a,
            intLda,
            b,
            intLdb,
            (float) beta,
            c,
            intLdc);
      } else {
        OpenBlas.dgemm(
            transA, transB, intM, intN, intK, alpha, a, intLda, b, intLdb, beta, c, intLdc);
      }
    }
  },
  JAVA {
    @Override
    void multiply(
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
      JavaGemm.Matrices x = JavaGemm.Matrices.of(transA, transB, a, lda, b, ldb, c, ldc);
      if (bytes == Float.BYTES) {
        JavaGemm.sgemm(x, m, n, k, alpha, beta);
      } else {
        JavaGemm.dgemm(x, m, n, k, alpha, beta);
      }
    }
  };

  /**
   * One product of float32 ({@code bytes} 4) or float64 (8) matrices; see {@link Gemm} for the
   * rest.
   */
  abstract void multiply(
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
      long ldc);
}
