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
}
