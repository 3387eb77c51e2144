package io.arclight.tensor.cpu;

import static io.arclight.tensor.memory.HostMemory.float32;
import static io.arclight.tensor.memory.HostMemory.float64;
import static io.arclight.tensor.memory.HostMemory.int32;
import static io.arclight.tensor.memory.HostMemory.int64;
import static io.arclight.tensor.memory.HostMemory.putFloat32;
import static io.arclight.tensor.memory.HostMemory.putFloat64;
import static io.arclight.tensor.memory.HostMemory.putInt32;
import static io.arclight.tensor.memory.HostMemory.putInt64;

/**
 * Matrix products in plain Java: for integers, and for floating point where no library is present.
 */
final class JavaGemm {
  private JavaGemm() {}

  /** The matrices of a product with their strides in elements. */
  record Matrices(
      long a, long rowA, long columnA, long b, long rowB, long columnB, long c, long rowC) {
    static Matrices of(
        boolean transA, boolean transB, long a, long lda, long b, long ldb, long c, long ldc) {
      return new Matrices(
          a, transA ? 1 : lda, transA ? lda : 1, b, transB ? 1 : ldb, transB ? ldb : 1, c, ldc);
    }
  }

  static void sgemm(Matrices x, long m, long n, long k, double alpha, double beta) {
    for (long i = 0; i < m; i++) {
      for (long j = 0; j < n; j++) {
        double sum = 0;
        for (long p = 0; p < k; p++) {
          sum +=
              (double) float32(x.a + 4 * (i * x.rowA + p * x.columnA))
                  * float32(x.b + 4 * (p * x.rowB + j * x.columnB));
        }
        long c = x.c + 4 * (i * x.rowC + j);
        putFloat32(c, (float) (alpha * sum + (beta == 0 ? 0 : beta * float32(c))));
      }
    }
  }

  static void dgemm(Matrices x, long m, long n, long k, double alpha, double beta) {
    for (long i = 0; i < m; i++) {
      for (long j = 0; j < n; j++) {
        double sum = 0;
        for (long p = 0; p < k; p++) {
          sum +=
              float64(x.a + 8 * (i * x.rowA + p * x.columnA))
                  * float64(x.b + 8 * (p * x.rowB + j * x.columnB));
        }
        long c = x.c + 8 * (i * x.rowC + j);
        putFloat64(c, alpha * sum + (beta == 0 ? 0 : beta * float64(c)));
      }
    }
  }

  static void igemm32(Matrices x, long begin, long end, long n, long k) {
    for (long i = begin; i < end; i++) {
      for (long j = 0; j < n; j++) {
        int sum = 0;
        for (long p = 0; p < k; p++) {
          sum +=
              int32(x.a + 4 * (i * x.rowA + p * x.columnA))
                  * int32(x.b + 4 * (p * x.rowB + j * x.columnB));
        }
        putInt32(x.c + 4 * (i * x.rowC + j), sum);
      }
    }
  }

  static void igemm64(Matrices x, long begin, long end, long n, long k) {
    for (long i = begin; i < end; i++) {
      for (long j = 0; j < n; j++) {
        long sum = 0;
        for (long p = 0; p < k; p++) {
          sum +=
              int64(x.a + 8 * (i * x.rowA + p * x.columnA))
                  * int64(x.b + 8 * (p * x.rowB + j * x.columnB));
        }
        putInt64(x.c + 8 * (i * x.rowC + j), sum);
      }
    }
  }
}
