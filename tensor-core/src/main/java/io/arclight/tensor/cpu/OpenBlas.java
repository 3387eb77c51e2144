package io.arclight.tensor.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_cgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_zgemm;

import io.arclight.tensor.DType;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
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
    boolean whole = p.dtype().isInteger() || p.dtype() == DType.BFLOAT16;
    return AVAILABLE && !whole && p.k() > 0 && Math.max(largest, stride) <= Integer.MAX_VALUE;
  }

  /** Complex numbers 0 and 1, in single and in double precision. */
  private static final class Factors {
    static final Pointer NONE = NativeLibrary.own(new DoublePointer(0, 0));
    static final Pointer ONE_SINGLE = NativeLibrary.own(new FloatPointer(1, 0));
    static final Pointer ONE_DOUBLE = NativeLibrary.own(new DoublePointer(1, 0));
  }

  private static void multiplyComplex(Product p, int transA, int transB, long a, long b, long c) {
    Operands operands = Operands.current();
    boolean single = p.dtype() == DType.COMPLEX64;
    Pointer one = single ? Factors.ONE_SINGLE : Factors.ONE_DOUBLE;
    Pointer beta = p.accumulate() ? one : Factors.NONE;
    int m = (int) p.m();
    int n = (int) p.n();
    int k = (int) p.k();
    int lda = (int) p.lda();
    int ldb = (int) p.ldb();
    int ldc = (int) p.ldc();
    Pointer left = operands.a.at(a);
    Pointer right = operands.b.at(b);
    Pointer out = operands.c.at(c);
    if (single) {
      cblas_cgemm(
          CblasRowMajor, transA, transB, m, n, k, one, left, lda, right, ldb, beta, out, ldc);
    } else {
      cblas_zgemm(
          CblasRowMajor, transA, transB, m, n, k, one, left, lda, right, ldb, beta, out, ldc);
    }
  }

  /** A single row: by a transposed matrix in a seventh of the time of a product of matrices. */
  private static void multiplyVector(Product p, long a, long b, long c) {
    Operands operands = Operands.current();
    int turned = p.transB() ? CblasNoTrans : CblasTrans;
    int rows = (int) (p.transB() ? p.n() : p.k());
    int columns = (int) (p.transB() ? p.k() : p.n());
    int step = p.transA() ? (int) p.lda() : 1;
    int beta = p.accumulate() ? 1 : 0;
    if (p.dtype() == DType.FLOAT32) {
      cblas_sgemv(
          CblasRowMajor,
          turned,
          rows,
          columns,
          1,
          operands.floatB.at(b),
          (int) p.ldb(),
          operands.floatA.at(a),
          step,
          beta,
          operands.floatC.at(c),
          1);
    } else {
      cblas_dgemv(
          CblasRowMajor,
          turned,
          rows,
          columns,
          1,
          operands.doubleB.at(b),
          (int) p.ldb(),
          operands.doubleA.at(a),
          step,
          beta,
          operands.doubleC.at(c),
          1);
    }
  }

  static void multiply(Product p, long a, long b, long c) {
    Operands operands = Operands.current();
    int transA = p.transA() ? CblasTrans : CblasNoTrans;
    int transB = p.transB() ? CblasTrans : CblasNoTrans;
    int beta = p.accumulate() ? 1 : 0;
    if (p.dtype().isComplex()) {
      multiplyComplex(p, transA, transB, a, b, c);
    } else if (p.m() == 1) {
      multiplyVector(p, a, b, c);
    } else if (p.dtype() == DType.FLOAT32) {
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
