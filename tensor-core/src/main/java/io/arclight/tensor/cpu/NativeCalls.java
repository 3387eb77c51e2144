package io.arclight.tensor.cpu;

/**
 * Calls of native code by address, about 9 ns each and without Java objects.
 *
 * <p>The bodies are JNI functions that {@link NativeBinder} compiles and registers; nothing here
 * may be called unless {@link #available()}.
 */
final class NativeCalls {
  private NativeCalls() {}

  /** Whether the methods below are bound; the first call loads LLVM. */
  static boolean available() {
    return Llvm.available();
  }

  /** {@code void fn(void* args, int64 begin, int64 end)}: a compiled kernel. */
  static native void call(long fn, long args, long begin, long end);

  /**
   * Calls {@code loop}, the function of {@link NativeBinder#LOOP}, which calls {@code kernel} for
   * each launch of {@code table}; see {@code CompiledKernel.runAll}.
   */
  static native void callAll(long loop, long kernel, long table, long begin, long end);

  /**
   * {@code int64 fn(int64 a, int64 b, int64 c, int64 d)}: any C function of up to four integers.
   */
  static native long invoke(long fn, long a, long b, long c, long d);

  /** oneDNN's {@code dnnl_sgemm}, row-major; returns its status. */
  static native int dnnlSgemm(
      long fn,
      byte transposeA,
      byte transposeB,
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
      long ldc);

  /** {@code cblas_sgemm} with 32-bit integers. */
  static native void cblasSgemm(
      long fn,
      int order,
      int transposeA,
      int transposeB,
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
      int ldc);

  /** {@code cblas_dgemm} with 32-bit integers. */
  static native void cblasDgemm(
      long fn,
      int order,
      int transposeA,
      int transposeB,
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
      int ldc);
}
