package io.arclight.tensor.cpu;

import io.arclight.tensor.memory.HostMemory;

/** Matrix products. */
public final class Gemm {
  private Gemm() {}

  public static void sgemm(
      boolean ta,
      boolean tb,
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
    for (long i = 0; i < m; i++)
      for (long j = 0; j < n; j++) {
        float s = 0;
        for (long p = 0; p < k; p++)
          s +=
              HostMemory.float32(a + 4 * (ta ? p * lda + i : i * lda + p))
                  * HostMemory.float32(b + 4 * (tb ? j * ldb + p : p * ldb + j));
        long at = c + 4 * (i * ldc + j);
        HostMemory.putFloat32(at, alpha * s + (beta == 0 ? 0 : beta * HostMemory.float32(at)));
      }
  }

  public static void dgemm(
      boolean ta,
      boolean tb,
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
    for (long i = 0; i < m; i++)
      for (long j = 0; j < n; j++) {
        double s = 0;
        for (long p = 0; p < k; p++)
          s +=
              HostMemory.float64(a + 8 * (ta ? p * lda + i : i * lda + p))
                  * HostMemory.float64(b + 8 * (tb ? j * ldb + p : p * ldb + j));
        long at = c + 8 * (i * ldc + j);
        HostMemory.putFloat64(at, alpha * s + (beta == 0 ? 0 : beta * HostMemory.float64(at)));
      }
  }

  public static void igemm32(
      boolean ta,
      boolean tb,
      long m,
      long n,
      long k,
      long a,
      long lda,
      long b,
      long ldb,
      long c,
      long ldc) {
    for (long i = 0; i < m; i++)
      for (long j = 0; j < n; j++) {
        int s = 0;
        for (long p = 0; p < k; p++)
          s +=
              HostMemory.int32(a + 4 * (ta ? p * lda + i : i * lda + p))
                  * HostMemory.int32(b + 4 * (tb ? j * ldb + p : p * ldb + j));
        HostMemory.putInt32(c + 4 * (i * ldc + j), s);
      }
  }

  public static void igemm64(
      boolean ta,
      boolean tb,
      long m,
      long n,
      long k,
      long a,
      long lda,
      long b,
      long ldb,
      long c,
      long ldc) {
    for (long i = 0; i < m; i++)
      for (long j = 0; j < n; j++) {
        long s = 0;
        for (long p = 0; p < k; p++)
          s +=
              HostMemory.int64(a + 8 * (ta ? p * lda + i : i * lda + p))
                  * HostMemory.int64(b + 8 * (tb ? j * ldb + p : p * ldb + j));
        HostMemory.putInt64(c + 8 * (i * ldc + j), s);
      }
  }
}
