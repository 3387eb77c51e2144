package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Interpreter;
import io.arclight.tensor.ir.Kernel;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes kernels runnable on this host: by LLVM, or where it cannot be used by the interpreter,
 * which gives the same bits.
 *
 * <p>System properties: {@code arclight.jit=off} forces the interpreter; {@code
 * arclight.kernel.cache} names the folder of compiled kernels, or {@code off}; {@code
 * arclight.kernel.cache.limit} is the size that folder is kept to ({@code 256m}); {@code
 * arclight.cpu.features} is a comma-separated list of the processor features (as {@link
 * #cpuFeatures()} names them) that code may use at most.
 */
public final class KernelCompiler {
  private static final Logger LOG = LoggerFactory.getLogger(KernelCompiler.class);

  /**
   * Null: kernels run as they are compiled. Tests that see or change kernels stand around them by
   * this. To be set before anything is compiled.
   */
  static BiFunction<Kernel, CompiledKernel, CompiledKernel> around;

  private KernelCompiler() {}

  /** Loaded when the first kernel is compiled. */
  private static final class Backend {
    static final LlvmCompiler LLVM =
        Llvm.available() ? new LlvmCompiler(Llvm.instance(), ObjectCache.open()) : null;
  }

  /**
   * The kernel, runnable on CPU memory. Kernels that differ in names only are compiled once, by the
   * first caller while others wait; finding out costs a walk over the kernel, so keep the result.
   *
   * @throws IllegalArgumentException if the kernel is ill-typed or uses an unbound variable
   */
  public static CompiledKernel compile(Kernel kernel) {
    CompiledKernel compiled = compiled(kernel);
    return around == null ? compiled : around.apply(kernel, compiled);
  }

  private static CompiledKernel compiled(Kernel kernel) {
    if (Backend.LLVM != null) {
      try {
        return Backend.LLVM.compile(kernel);
      } catch (RuntimeException e) {
        LOG.warn("Kernel {} cannot be compiled and will be interpreted", kernel.name(), e);
      }
    }
    return Interpreter.compile(kernel);
  }

  /** Whether kernels are compiled to machine code in this JVM. */
  public static boolean isNative() {
    return Backend.LLVM != null;
  }

  /** The processor features that kernels may use here, comma-separated; empty without LLVM. */
  public static String cpuFeatures() {
    return Llvm.available() ? Llvm.instance().enabledFeatures() : "";
  }
}
