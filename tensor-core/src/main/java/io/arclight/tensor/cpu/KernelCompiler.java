package io.arclight.tensor.cpu;

import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Interpreter;
import io.arclight.tensor.ir.Kernel;
import java.util.concurrent.ConcurrentHashMap;

/** Makes kernels runnable on this host, each kernel once. */
public final class KernelCompiler {
  private static final ConcurrentHashMap<Kernel, CompiledKernel> COMPILED =
      new ConcurrentHashMap<>();

  private KernelCompiler() {}

  /**
   * The kernel, runnable on CPU memory; compiled at the first call, then taken from memory.
   *
   * @throws IllegalArgumentException if the kernel is ill-typed or uses an unbound variable
   */
  public static CompiledKernel compile(Kernel kernel) {
    return COMPILED.computeIfAbsent(kernel, Interpreter::compile);
  }
}
