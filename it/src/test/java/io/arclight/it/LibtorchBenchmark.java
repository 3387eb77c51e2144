package io.arclight.it;

import com.sun.management.OperatingSystemMXBean;
import io.arclight.autograd.Autograd;
import io.arclight.models.Mlp;
import io.arclight.nn.Functional;
import io.arclight.optim.Adam;
import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Arclight beside libtorch on one thread: a training step of an MLP, and the addition of four
 * floats. Both sides take turns, so that what else the machine does meets both. libtorch is called
 * through JavaCPP, whose own cost, a good part of a small operation's, is in its numbers.
 */
public final class LibtorchBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final int BATCH = 64;

  private LibtorchBenchmark() {}

  /** Arguments: rounds (default 30). */
  public static void main(String[] args) {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 30;
    Workers.threads(1);
    openblas_nolapack.blas_set_num_threads(1);
    torch.set_num_threads(1);

    load("before");
    report(
        "step of MLP 784-128-10, batch 64, Adam",
        1e3,
        "us",
        rounds,
        50,
        arclightStep(),
        libtorchStep());
    report(
        "add of 4 floats, not recorded",
        1,
        "ns",
        rounds,
        20_000,
        arclightAdd(false),
        libtorchAdd(false));
    report(
        "add of 4 floats, recorded", 1, "ns", rounds, 20_000, arclightAdd(true), libtorchAdd(true));
    load("after");
  }

  private static void load(String when) {
    System.out.printf(
        Locale.ROOT,
        "load %s: %.1f on %d cores%n",
        when,
        SYSTEM.getSystemLoadAverage(),
        Runtime.getRuntime().availableProcessors());
  }

  private static void report(
      String what,
      double nanosPerUnit,
      String unit,
      int rounds,
      int calls,
      Runnable arclight,
      Runnable libtorch) {
    // The compilers of the JVM need some thousand calls.
    int warmUp = Math.max(5, 4000 / calls);
    for (int i = 0; i < warmUp; i++) {
      Cost.of(arclight, calls);
      Cost.of(libtorch, calls);
    }
    Cost[] ours = new Cost[rounds];
    Cost[] theirs = new Cost[rounds];
    for (int i = 0; i < rounds; i++) {
      ours[i] = Cost.of(arclight, calls);
      theirs[i] = Cost.of(libtorch, calls);
    }
    print(what, "its thread", unit, nanosPerUnit, median(ours), median(theirs));
    print(what, "all threads", unit, nanosPerUnit, mean(ours), mean(theirs));
  }

  /**
   * CPU time of a call in ns.
   *
   * @param thread of the calling thread
   * @param process of all threads, with those of the garbage collector and the compilers
   */
  private record Cost(double thread, double process) {
    static Cost of(Runnable call, int calls) {
      long process = SYSTEM.getProcessCpuTime();
      long thread = THREADS.getCurrentThreadCpuTime();
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      thread = THREADS.getCurrentThreadCpuTime() - thread;
      process = SYSTEM.getProcessCpuTime() - process;
      return new Cost((double) thread / calls, (double) process / calls);
    }
  }

  private static void print(
      String what,
      String whose,
      String unit,
      double nanosPerUnit,
      double arclight,
      double libtorch) {
    System.out.printf(
        Locale.ROOT,
        "%-38s %-11s  Arclight %8.1f %s  libtorch %8.1f %s  ratio %.2f%n",
        what,
        whose,
        arclight / nanosPerUnit,
        unit,
        libtorch / nanosPerUnit,
        unit,
        arclight / libtorch);
  }

  private static double median(Cost[] costs) {
    double[] values = Arrays.stream(costs).mapToDouble(Cost::thread).sorted().toArray();
    return values[values.length / 2];
  }

  /** The clock of a process ticks too slowly for the median of short rounds. */
  private static double mean(Cost[] costs) {
    return Arrays.stream(costs).mapToDouble(Cost::process).average().orElseThrow();
  }

  private static Runnable arclightStep() {
    Mlp model = new Mlp(784, 128, 10);
    Adam optimizer = new Adam(model.parameters());
    Tensor x = Tensor.rand(Shape.of(BATCH, 784)).keep();
    Tensor y = Tensor.randint(0, 10, Shape.of(BATCH)).keep();
    return () -> {
      try (Scope step = Scope.open()) {
        optimizer.zeroGrad();
        Functional.crossEntropy(model.call(x), y).backward();
        optimizer.step();
      }
    };
  }

  private static Runnable libtorchStep() {
    org.bytedeco.pytorch.Tensor[] parameters = {
      weights(128, 784), weights(128), weights(10, 128), weights(10)
    };
    var optimizer = new org.bytedeco.pytorch.Adam(new TensorVector(parameters));
    org.bytedeco.pytorch.Tensor x = torch.rand(BATCH, 784);
    org.bytedeco.pytorch.Tensor y = torch.randint(10, new long[] {BATCH}).to(torch.ScalarType.Long);
    return () -> {
      try (PointerScope step = new PointerScope()) {
        optimizer.zero_grad();
        var hidden = torch.linear(x, parameters[0], parameters[1]).relu();
        torch.cross_entropy(torch.linear(hidden, parameters[2], parameters[3]), y).backward();
        optimizer.step();
      }
    };
  }

  private static org.bytedeco.pytorch.Tensor weights(long... shape) {
    org.bytedeco.pytorch.Tensor weights = torch.rand(shape);
    try (NoGradGuard quiet = new NoGradGuard()) {
      weights.uniform_(-0.05, 0.05, new org.bytedeco.pytorch.GeneratorOptional());
    }
    return weights.set_requires_grad(true);
  }

  private static Runnable arclightAdd(boolean recorded) {
    Tensor a = Tensor.of(1f, 2f, 3f, 4f).keep();
    Tensor b = Tensor.of(5f, 6f, 7f, 8f).keep();
    a.requiresGrad(recorded);
    return () -> {
      try (Scope scope = Scope.open();
          Context.Restore mode = recorded ? Autograd.enableGrad() : Autograd.noGrad()) {
        a.add(b);
      }
    };
  }

  private static Runnable libtorchAdd(boolean recorded) {
    org.bytedeco.pytorch.Tensor a = torch.rand(4).set_requires_grad(recorded);
    org.bytedeco.pytorch.Tensor b = torch.rand(4);
    return () -> {
      try (PointerScope scope = new PointerScope()) {
        a.add(b);
      }
    };
  }
}
