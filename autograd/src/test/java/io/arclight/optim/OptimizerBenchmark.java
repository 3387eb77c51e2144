package io.arclight.optim;

import io.arclight.nn.utils.ClipGrad;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Prints what a step of an optimizer costs, by number and size of the parameters: the median of the
 * thread's CPU time with one thread, and of the time passed with two. Argument: of how many of the
 * {@link #SIZES}.
 */
public final class OptimizerBenchmark {
  private static final int ROUNDS = 41;
  private static final long ROUND_ELEMENTS = 20_000_000;
  private static final int MOST_REPEATS = 2_000;
  private static final long WARM_UP_NANOS = 2_000_000_000L;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private record Sizes(int parameters, long elements) {}

  private static final List<Sizes> SIZES =
      List.of(
          new Sizes(100, 100),
          new Sizes(1, 10_000),
          new Sizes(1000, 1000),
          new Sizes(1, 1_000_000),
          new Sizes(1, 10_000_000));

  private OptimizerBenchmark() {}

  public static void main(String[] arguments) {
    System.out.printf("%-14s %20s %14s %14s%n", "us a step", "parameters", "1 thread, CPU", "2");
    int most = arguments.length > 0 ? Integer.parseInt(arguments[0]) : SIZES.size();
    for (Sizes sizes : SIZES.subList(0, most)) {
      time("sgd momentum", sizes, p -> new SGD(p, 1e-3).momentum(0.9)::step);
      time("adam", sizes, p -> new Adam(p)::step);
      time("clip norm", sizes, p -> () -> ClipGrad.clipGradNorm(p, 1e9));
    }
  }

  private static void time(String name, Sizes sizes, Function<List<Tensor>, Runnable> make) {
    List<Tensor> parameters = new ArrayList<>();
    for (int i = 0; i < sizes.parameters; i++) {
      Tensor parameter = Tensor.randn(Shape.of(sizes.elements)).requiresGrad(true);
      parameter.grad(Tensor.randn(Shape.of(sizes.elements)).mul(1e-3));
      parameters.add(parameter);
    }
    Runnable step = make.apply(parameters);
    long work = sizes.parameters * (sizes.elements + 1000);
    int repeats = (int) Math.max(1, Math.min(MOST_REPEATS, ROUND_ELEMENTS / work));
    Workers.threads(1);
    long end = THREADS.getCurrentThreadCpuTime() + WARM_UP_NANOS;
    while (THREADS.getCurrentThreadCpuTime() < end) {
      step.run();
    }
    double one = median(step, repeats, THREADS::getCurrentThreadCpuTime);
    Workers.threads(2);
    double two = median(step, repeats, System::nanoTime);
    System.out.printf(
        "%-14s %20s %14.1f %14.1f%n", name, sizes.parameters + " x " + sizes.elements, one, two);
  }

  private static double median(Runnable step, int repeats, LongSupplier clock) {
    double[] times = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long start = clock.getAsLong();
      for (int i = 0; i < repeats; i++) {
        step.run();
      }
      times[round] = (clock.getAsLong() - start) / 1e3 / repeats;
    }
    Arrays.sort(times);
    return times[ROUNDS / 2];
  }
}
