package io.arclight.tensor.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import io.arclight.tensor.TensorException;
import java.io.File;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack.openblas_dojob_callback;

/**
 * oneDNN, on the calling thread alone.
 *
 * <p>Its function {@code dnnl_sgemm} is not for us: its kernels keep a heap address in the stack
 * pointer, so that a signal which arrives meanwhile (a profiler's, a broken pipe's) is written over
 * other memory. The kernels of its primitives that we take leave the stack alone.
 */
final class OneDnn {
  private static final boolean AVAILABLE = NativeLibrary.load("oneDNN", OneDnn::load);

  /** Primitives that are kept; a program of ever new shapes makes them anew from time to time. */
  private static final int MOST_PRIMITIVES = 1024;

  private record Key(Product product, OneDnnProduct.Weights weights) {}

  private static final ConcurrentMap<Key, OneDnnProduct> PRODUCTS = new ConcurrentHashMap<>();
  private static long ompSetNumThreads;
  private static boolean avx512;
  private static boolean bfloat16;
  private static dnnl_engine engine;
  private static dnnl_stream stream;

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
    int isa = dnnl.dnnl_get_effective_cpu_isa();
    avx512 = isa >= dnnl.dnnl_cpu_isa_avx512_core;
    bfloat16 = (isa & dnnl.dnnl_cpu_isa_avx512_core_bf16) == dnnl.dnnl_cpu_isa_avx512_core_bf16;
    engine = new dnnl_engine();
    check(dnnl.dnnl_engine_create(engine, dnnl.dnnl_cpu, 0), "making an engine");
    stream = new dnnl_stream();
    check(
        dnnl.dnnl_stream_create(stream, engine, dnnl.dnnl_stream_default_flags), "making a stream");
  }

  /** Whether the processor has the AVX-512 of servers; asked only where {@link #available()}. */
  static boolean hasAvx512() {
    return avx512;
  }

  /** Whether the processor multiplies bfloat16 pairs; asked only where {@link #available()}. */
  static boolean hasBfloat16() {
    return bfloat16;
  }

  static dnnl_engine engine() {
    return engine;
  }

  static dnnl_stream stream() {
    return stream;
  }

  private static Boolean oneThread() {
    // A C function pointer that JavaCPP can call with an int first: all that this call needs.
    try (var struct = new LongPointer(new long[] {ompSetNumThreads, 0})) {
      new openblas_dojob_callback(struct).call(1, (Pointer) null, 0);
    }
    return Boolean.TRUE;
  }

  /** Before any primitive is made or runs on the calling thread. */
  static void prepareThread() {
    ONE_THREAD.get();
  }

  /** Multiplies; false, with nothing done, where oneDNN has no kernel for it that we would run. */
  static boolean multiply(Product product, long a, long b, long c) {
    OneDnnProduct primitive = enter(product, OneDnnProduct.Weights.PLAIN);
    try {
      return primitive.multiply(a, b, c);
    } finally {
      primitive.leave();
    }
  }

  /** Bytes that B takes as oneDNN wants it for this product; 0 where it has no kernel for it. */
  static long packedBytes(Product product) {
    OneDnnProduct primitive = enter(product, OneDnnProduct.Weights.PACKED);
    try {
      return primitive.packedBytes();
    } finally {
      primitive.leave();
    }
  }

  /** Writes B as oneDNN wants it; only where {@link #packedBytes} is not 0. */
  static void pack(Product product, long b, long packed) {
    OneDnnProduct primitive = enter(product, OneDnnProduct.Weights.PACKED);
    try {
      primitive.pack(b, packed);
    } finally {
      primitive.leave();
    }
  }

  /** As {@link #multiply}, with what {@link #pack} wrote for the same product. */
  static void multiplyPacked(Product product, long a, long packed, long c) {
    OneDnnProduct primitive = enter(product, OneDnnProduct.Weights.PACKED);
    try {
      primitive.multiply(a, packed, c);
    } finally {
      primitive.leave();
    }
  }

  private static OneDnnProduct enter(Product product, OneDnnProduct.Weights weights) {
    ONE_THREAD.get();
    Key key = new Key(product, weights);
    OneDnnProduct primitive = PRODUCTS.get(key);
    while (primitive == null || !primitive.enter()) {
      primitive = make(key);
    }
    return primitive;
  }

  private static OneDnnProduct make(Key key) {
    if (PRODUCTS.size() >= MOST_PRIMITIVES) {
      PRODUCTS.forEach(
          (other, old) -> {
            if (PRODUCTS.remove(other, old)) {
              old.leave();
            }
          });
    }
    return PRODUCTS.computeIfAbsent(key, k -> new OneDnnProduct(k.product, k.weights));
  }

  static void check(int status, Object what) {
    if (status != dnnl_success) {
      throw new TensorException("oneDNN gave status %d for %s".formatted(status, what));
    }
  }
}
