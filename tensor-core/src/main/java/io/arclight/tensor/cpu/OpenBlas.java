package io.arclight.tensor.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import io.arclight.tensor.DType;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Matrix products of OpenBLAS, on the calling thread alone. */
final class OpenBlas {
  private static final boolean AVAILABLE = NativeLibrary.load("OpenBLAS", OpenBlas::load);

  /** Flags of dlopen: the library that is loaded already, or nothing. */
  private static final int LAZY_NO_LOAD = 1 | 4;

  private static final Map<String, Long> SYMBOLS = new ConcurrentHashMap<>();

  /** The library's handle; 0 without it. */
  private static long handle;

  private OpenBlas() {}

  static boolean available() {
    return AVAILABLE;
  }

  private static void load() {
    // Spark's MLlib may load the system's OpenBLAS, which bears the first of these names too.
    String folder = "/org/bytedeco/openblas/" + Loader.getPlatform() + "/";
    File file;
    try {
      file =
          LibraryName.change(
              openblas_nolapack.class.getResource(folder + "libopenblas.so.0"),
              "libopenblas_nolapack.so.0",
              "libopenblas.so.0",
              "libarclblas.so.0");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Loader.load(openblas_nolapack.class);
    org.bytedeco.openblas.presets.openblas_nolapack.blas_set_num_threads(1);
    if (file != null && NativeCalls.available()) {
      try (BytePointer path = new BytePointer(file.getPath(), StandardCharsets.UTF_8)) {
        long dlopen = Loader.addressof("dlopen").address();
        handle = NativeCalls.invoke(dlopen, path.address(), LAZY_NO_LOAD, 0, 0);
      }
    }
  }

  /**
   * The address of a function that the binding of JavaCPP does not have, such as LAPACK's, whose
   * own binding is as large as the library; 0 where it cannot be called.
   */
  static long symbol(String name) {
    if (!AVAILABLE || handle == 0) {
      return 0;
    }
    return SYMBOLS.computeIfAbsent(
        name,
        n -> {
          try (BytePointer text = new BytePointer(n, StandardCharsets.UTF_8)) {
            long dlsym = Loader.addressof("dlsym").address();
            return NativeCalls.invoke(dlsym, handle, text.address(), 0, 0);
          }
        });
  }

  /** Whether it is here and can count so far: its integers have 32 bits. */
  static boolean fits(Product p) {
    long largest = Math.max(Math.max(p.m(), p.n()), p.k());
    long stride = Math.max(Math.max(p.lda(), p.ldb()), p.ldc());
    boolean single = p.dtype() == DType.FLOAT32 || p.dtype() == DType.FLOAT64;
    return AVAILABLE && single && p.k() > 0 && Math.max(largest, stride) <= Integer.MAX_VALUE;
  }

  static void multiply(Product p, long a, long b, long c) {
    Operands operands = Operands.current();
    int transA = p.transA() ? CblasTrans : CblasNoTrans;
    int transB = p.transB() ? CblasTrans : CblasNoTrans;
    int beta = p.accumulate() ? 1 : 0;
    if (p.dtype() == DType.FLOAT32) {
      cblas_sgemm(
          CblasRowMajor,
          transA,
          transB,
          (int) p.m(),
          (int) p.n(),
          (int) p.k(),
          1,
          operands.floatA.at(a),
          (int) p.lda(),
          operands.floatB.at(b),
          (int) p.ldb(),
          beta,
          operands.floatC.at(c),
          (int) p.ldc());
    } else {
      cblas_dgemm(
          CblasRowMajor,
          transA,
          transB,
          (int) p.m(),
          (int) p.n(),
          (int) p.k(),
          1,
          operands.doubleA.at(a),
          (int) p.lda(),
          operands.doubleB.at(b),
          (int) p.ldb(),
          beta,
          operands.doubleC.at(c),
          (int) p.ldc());
    }
  }
}
