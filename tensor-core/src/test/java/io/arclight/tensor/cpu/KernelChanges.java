package io.arclight.tensor.cpu;

import io.arclight.tensor.Context;
import io.arclight.tensor.ir.CompiledKernel;
import io.arclight.tensor.ir.Interpreter;
import io.arclight.tensor.ir.Kernel;
import java.util.function.Consumer;

/** Sees which kernels run, and lets others run in their place. */
public final class KernelChanges {
  private static volatile Consumer<Kernel> watcher;
  private static volatile Replacement replacement;

  private record Replacement(Kernel kernel, CompiledKernel by) {}

  private KernelChanges() {}

  /** A kernel that asks at each run what stands in its place. */
  private record Replaceable(Kernel kernel, CompiledKernel original) implements CompiledKernel {
    @Override
    public void run(long args, long begin, long end) {
      Consumer<Kernel> seeing = watcher;
      if (seeing != null) {
        seeing.accept(kernel);
      }
      Replacement other = replacement;
      boolean replaced = other != null && other.kernel.equals(kernel);
      (replaced ? other.by : original).run(args, begin, end);
    }
  }

  /** To be called before any kernel of this JVM is compiled. */
  public static void install() {
    KernelCompiler.around = Replaceable::new;
  }

  /** Until closed, {@code seen} is given each kernel that runs, on any thread. */
  public static Context.Restore watch(Consumer<Kernel> seen) {
    watcher = seen;
    return () -> watcher = null;
  }

  /** Until closed, {@code by} runs in the place of {@code kernel}. */
  public static Context.Restore replace(Kernel kernel, Kernel by) {
    replacement = new Replacement(kernel, Interpreter.compile(by));
    return () -> replacement = null;
  }
}
