package io.arclight.tensor;

import io.arclight.tensor.cpu.KernelCompiler;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Kernel;
import java.util.List;

/** A kernel that compiles on first use, and the one way to run it. */
public final class Executable {
  private final Kernel kernel;
  private final long key;
  private volatile CompiledKernel compiled;

  /** Of a kernel that needs no cache. */
  public Executable(Kernel kernel) {
    this(kernel, 0);
  }

  /**
   * @param key for the caller's cache
   */
  public Executable(Kernel kernel, long key) {
    this.kernel = kernel;
    this.key = key;
  }

  /** What it runs. */
  public Kernel kernel() {
    return kernel;
  }

  /** The key in the caller's cache. */
  public long key() {
    return key;
  }

  /** The code itself, for library calls, whose operands are addresses. */
  public CompiledKernel compiled() {
    CompiledKernel c = compiled;
    if (c == null) {
      c = KernelCompiler.compile(kernel);
      compiled = c;
    }
    return c;
  }

  /**
   * Runs rows 0 to {@code rows} on the buffers' device.
   *
   * @param op for errors and profiles
   * @param rowWork elements touched by a row, to decide on threads
   * @param buffers in the kernel's order; each is addressed from its first element
   * @param params argument slots in the kernel's order, see {@code Scalars.bits}
   * @param detail printed with a run-time data error, such as the size of the indexed dimension
   */
  public void launch(
      String op, long rows, long rowWork, Tensor[] buffers, long[] params, Object detail) {
    if (rows > 0) {
      Backend.of(buffers[0].device()).launch(this, op, rows, rowWork, buffers, params, detail);
    }
  }

  /**
   * Runs all {@code segments}, which are on one device, as one launch: for many small ones.
   *
   * @param rowWork elements touched by a row, to decide on threads
   */
  public void launchAll(String op, long rowWork, List<Segment> segments) {
    if (!segments.isEmpty()) {
      Device device = segments.get(0).buffers()[0].device();
      Backend.of(device).launchAll(this, op, rowWork, segments);
    }
  }
}
