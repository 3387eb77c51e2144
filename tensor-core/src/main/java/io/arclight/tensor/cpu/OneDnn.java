package io.arclight.tensor.cpu;

import io.arclight.tensor.TensorException;
import java.io.File;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack.openblas_dojob_callback;

/** Matrix products of oneDNN, on the calling thread alone. */
final class OneDnn {
  private static final boolean AVAILABLE = NativeLibrary.load("oneDNN", OneDnn::load);
  private static final byte NO_TRANSPOSE = 'N';
  private static final byte TRANSPOSE = 'T';
  private static long ompSetNumThreads;
  private static boolean avx512;

  /** OpenMP keeps its number of threads per calling thread. */
  private static final ThreadLocal<Boolean> ONE_THREAD = ThreadLocal.withInitial(OneDnn::oneThread);

  private OneDnn() {}

  static boolean available() {
    return AVAILABLE;
  }

  private static void load() {
    String library = Loader.load(dnnl.class);
    // Loaded by the JVM its symbols are private to oneDNN; loading it again makes them findable.
    Loader.loadGlobal(new File(new File(library).getParentFile(), "libgomp.so.1").getPath());
    ompSetNumThreads = Loader.addressof("omp_set_num_threads").address();
    avx512 = dnnl.dnnl_get_effective_cpu_isa() >= dnnl.dnnl_cpu_isa_avx512_core;
  }

  /** Whether the processor has the AVX-512 of servers; asked only where {@link #available()}. */
  static boolean hasAvx512() {
    return avx512;
  }

  private static Boolean oneThread() {
    // A C function pointer that JavaCPP can call with an int first: all that this call needs.
    try (var struct = new LongPointer(new long[] {ompSetNumThreads, 0})) {
      new openblas_dojob_callback(struct).call(1, (Pointer) null, 0);
    }
    return Boolean.TRUE;
  }

  static void sgemm(
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
    ONE_THREAD.get();
    Operands operands = Operands.current();
    int status =
        dnnl.dnnl_sgemm(
            transA ? TRANSPOSE : NO_TRANSPOSE,
            transB ? TRANSPOSE : NO_TRANSPOSE,
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
    if (status != dnnl.dnnl_success) {
      throw new TensorException(
          "dnnl_sgemm of (%d, %d) x (%d, %d) failed with status %d".formatted(m, k, k, n, status));
    }
  }
}
