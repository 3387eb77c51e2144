package io.arclight.it;

import io.arclight.amp.Autocast;
import io.arclight.autograd.Checkpoint;
import io.arclight.nn.GELU;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.Linear;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Forward and backward of the feed-forward blocks of a transformer, on one thread: what checkpoints
 * and lower precision do to the memory that they take at most, and to their time.
 */
public final class AmpBenchmark {
  private static final int BLOCKS = 12;
  private static final long WIDTH = 256;
  private static final long ROWS = 1024;

  private AmpBenchmark() {}

  /** Arguments: rounds (default 5). */
  public static void main(String[] args) {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    Workers.threads(1);
    List<Sequential> blocks = new ArrayList<>();
    for (int i = 0; i < BLOCKS; i++) {
      blocks.add(
          new Sequential(
              new LayerNorm(WIDTH),
              new Linear(WIDTH, 4 * WIDTH),
              new GELU(),
              new Linear(4 * WIDTH, WIDTH)));
    }
    System.out.printf(
        Locale.ROOT, "%d blocks, width %d, %d rows; load %.1f%n", BLOCKS, WIDTH, ROWS, load());
    for (boolean lower : new boolean[] {false, true}) {
      for (boolean checkpointed : new boolean[] {false, true}) {
        report(blocks, lower, checkpointed, rounds);
      }
    }
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static void report(
      List<Sequential> blocks, boolean lower, boolean checkpointed, int rounds) {
    double[] seconds = new double[rounds];
    long most = 0;
    for (int i = -1; i < rounds; i++) {
      long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      long[] peak = new long[1];
      step(blocks, lower, checkpointed, i < 0 ? peak : null);
      if (i < 0) {
        most = peak[0];
      } else {
        long now = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        seconds[i] = (now - before) / 1e9;
      }
    }
    Arrays.sort(seconds);
    System.out.printf(
        Locale.ROOT,
        "%-9s %-13s at most %6.1f MB more than parameters, %.3f s%n",
        lower ? "bfloat16" : "float32",
        checkpointed ? "checkpointed" : "",
        most / 1e6,
        seconds[rounds / 2]);
  }

  /** Watches memory at every operation where {@code peak} is given. */
  private static void step(
      List<Sequential> blocks, boolean lower, boolean checkpointed, long[] peak) {
    if (peak != null) {
      // What earlier steps left behind would count neither here nor there.
      Memory.collect();
    }
    long start = Memory.liveBytes();
    try (Scope scope = Scope.open();
        Context.Restore watching =
            peak == null
                ? () -> {}
                : Context.current()
                    .intercept(
                        (op, name, inputs, next) -> {
                          Tensor[] out = next.get();
                          peak[0] = Math.max(peak[0], Memory.liveBytes() - start);
                          return out;
                        })) {
      Tensor loss;
      try (Context.Restore mode = lower ? Autocast.autocast(DType.BFLOAT16) : Autocast.disabled()) {
        Tensor x = Tensor.rand(Shape.of(ROWS, WIDTH)).requiresGrad(true);
        for (Sequential block : blocks) {
          Tensor in = x;
          x = checkpointed ? Checkpoint.checkpoint(t -> block.call(t[0]), in) : block.call(in);
        }
        loss = x.sum();
      }
      loss.backward();
      blocks.forEach(Sequential::zeroGrad);
    }
  }
}
