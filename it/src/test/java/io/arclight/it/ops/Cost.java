package io.arclight.it.ops;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;

/** Measures calls in turns, so that what else the machine does meets all of them. */
public final class Cost {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final double ROUND_NANOS = 1e7;
  private static final double WARM_NANOS = 1.5e9;
  private static final int WARM_CALLS = 60_000;

  /** One side of a comparison: the CPU time in ns that {@code calls} calls take together. */
  @FunctionalInterface
  public interface Timed {
    double nanos(int calls);
  }

  private Cost() {}

  /** Prints what else the machine has to do. */
  public static void printLoad() {
    System.out.printf(
        Locale.ROOT,
        "load %.1f on %d cores%n",
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        Runtime.getRuntime().availableProcessors());
  }

  public static Timed thread(Runnable call) {
    return calls -> {
      long begin = THREADS.getCurrentThreadCpuTime();
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      return THREADS.getCurrentThreadCpuTime() - begin;
    };
  }

  /** As {@link #thread}, by the clock, for work of several threads. */
  public static Timed clock(Runnable call) {
    return calls -> {
      long begin = System.nanoTime();
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      return System.nanoTime() - begin;
    };
  }

  /** Medians over {@code rounds} of ns a call; null entries of {@code sides} give NaN. */
  public static double[] compare(int rounds, Timed... sides) {
    double[][] costs = new double[sides.length][rounds];
    int[] calls = new int[sides.length];
    for (int s = 0; s < sides.length; s++) {
      calls[s] = sides[s] == null ? 0 : calls(sides[s]);
    }
    for (int r = 0; r < rounds; r++) {
      for (int s = 0; s < sides.length; s++) {
        costs[s][r] = sides[s] == null ? Double.NaN : sides[s].nanos(calls[s]) / calls[s];
      }
    }
    return Arrays.stream(costs).mapToDouble(Cost::median).toArray();
  }

  /**
   * Warms up, and finds how many calls make a round. The JVM's compilers need some ten thousand
   * calls of what is short, and time to work.
   */
  private static int calls(Timed side) {
    int calls = 1;
    int total = 0;
    double warm = 0;
    double last = 0;
    while (warm < WARM_NANOS && (total < WARM_CALLS || warm < ROUND_NANOS)) {
      last = side.nanos(calls) / calls;
      warm += last * calls;
      total += calls;
      calls = Math.max(1, (int) Math.min(WARM_CALLS, ROUND_NANOS / Math.max(last, 10)));
    }
    return calls;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
