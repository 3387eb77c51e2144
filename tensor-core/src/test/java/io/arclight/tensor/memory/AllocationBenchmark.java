package io.arclight.tensor.memory;

import io.arclight.tensor.Device;
import java.util.Arrays;

/** Prints what allocating and freeing costs, in nanoseconds: medians and minima of rounds. */
public final class AllocationBenchmark {
  private static final int ROUNDS = 41;

  private AllocationBenchmark() {}

  public static void main(String[] arguments) {
    for (long bytes : new long[] {16, 4096, 40 << 20}) {
      int calls = bytes > 1 << 20 ? 2_000 : 200_000;
      measure("in a scope of 20", bytes, calls, AllocationBenchmark::scoped);
      measure("closed at once", bytes, calls, AllocationBenchmark::closed);
      measure("no scope, closed", bytes, calls, AllocationBenchmark::watchedAndClosed);
      if (bytes < 1 << 20) {
        measure("no scope, dropped", bytes, calls, AllocationBenchmark::dropped);
      }
    }
    measure("empty scope", 0, 200_000, AllocationBenchmark::emptyScopes);
  }

  private interface Pattern {
    void run(long bytes, int calls);
  }

  private static void measure(String name, long bytes, int calls, Pattern pattern) {
    double[] nanos = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      pattern.run(bytes, calls);
      nanos[round] = (System.nanoTime() - start) / (double) calls;
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%-18s %9d bytes: median %7.1f ns, min %7.1f ns%n",
        name, bytes, nanos[ROUNDS / 2], nanos[0]);
  }

  private static void scoped(long bytes, int calls) {
    for (int i = 0; i < calls / 20; i++) {
      try (Scope scope = Scope.open()) {
        for (int j = 0; j < 20; j++) {
          Storage.allocate(Device.CPU, bytes);
        }
      }
    }
  }

  private static void closed(long bytes, int calls) {
    try (Scope scope = Scope.open()) {
      for (int i = 0; i < calls; i++) {
        Storage.allocate(Device.CPU, bytes).close();
      }
    }
  }

  private static void watchedAndClosed(long bytes, int calls) {
    for (int i = 0; i < calls; i++) {
      Storage.allocate(Device.CPU, bytes).close();
    }
  }

  private static void dropped(long bytes, int calls) {
    for (int i = 0; i < calls; i++) {
      Storage.allocate(Device.CPU, bytes);
    }
  }

  private static void emptyScopes(long bytes, int calls) {
    for (int i = 0; i < calls; i++) {
      Scope.open().close();
    }
  }
}
