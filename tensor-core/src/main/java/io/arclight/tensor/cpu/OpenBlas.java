package io.arclight.tensor.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Matrix products of OpenBLAS, on the calling thread alone. */
final class OpenBlas {
  private static final boolean AVAILABLE = NativeLibrary.load("OpenBLAS", OpenBlas::load);

  private OpenBlas() {}

  static boolean available() {
    return AVAILABLE;
  }

  private static void load() {
    Loader.load(openblas_nolapack.class);
    org.bytedeco.openblas.presets.openblas_nolapack.blas_set_num_threads(1);
  }

  static void sgemm(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long b,
      int ldb,
      float beta,
      long c,
      int ldc) {
    Operands operands = Operands.current();
    cblas_sgemm(
        CblasRowMajor,
        transA ? CblasTrans : CblasNoTrans,
        transB ? CblasTrans : CblasNoTrans,
        m,
        n,
        k,
        alpha,
        operands.floatA.at(a),
        lda,
        operands.floatB.at(b),
        ldb,
        beta,
        operands.floatC.at(c),
        ldc);
  }

  static void dgemm(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      double alpha,
      long a,
      int lda,
      long b,
      int ldb,
      double beta,
      long c,
      int ldc) {
    Operands operands = Operands.current();
    cblas_dgemm(
        CblasRowMajor,
        transA ? CblasTrans : CblasNoTrans,
        transB ? CblasTrans : CblasNoTrans,
        m,
        n,
        k,
        alpha,
        operands.doubleA.at(a),
        lda,
        operands.doubleB.at(b),
        ldb,
        beta,
        operands.doubleC.at(c),
        ldc);
  }
}
