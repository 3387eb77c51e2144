package io.arclight.tensor.cpu;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.util.Arrays;

/**
 * Prints GFLOP/s of float32 products, medians (and best) of interleaved rounds: each library on one
 * thread, and {@link Gemm} on one and two.
 */
public final class GemmBenchmark {
  private static final int ROUNDS = 15;
  private static final double ROUND_FLOP = 1e8;
  private static final int[][] SHAPES = {
    {512, 512, 512},
    {1024, 1024, 1024},
    {2048, 2048, 2048},
    {64, 784, 128},
    {256, 1024, 1024},
    {64, 128, 10},
    {256, 784, 128},
    {128, 256, 784},
    {1, 784, 128},
    {7, 33, 5},
  };

  private GemmBenchmark() {}

  public static void main(String[] arguments) {
    System.out.printf("AVX-512: %b%n", OneDnn.hasAvx512());
    System.out.printf(
        "%-18s %-5s %-16s %-16s %-16s %-16s%n",
        "m x k x n", "trans", "openblas", "onednn", "gemm 1 thread", "gemm 2 threads");
    for (int[] shape : SHAPES) {
      for (int trans = 0; trans < 3; trans++) {
        measure(shape[0], shape[1], shape[2], trans == 1, trans == 2);
      }
    }
  }

  private static void measure(int m, int k, int n, boolean transA, boolean transB) {
    try (Scope scope = Scope.open()) {
      Storage a = filled(m * k);
      Storage b = filled(k * n);
      Storage c = filled(m * n);
      long lda = transA ? m : k;
      long ldb = transB ? k : n;
      Product product = new Product(DType.FLOAT32, transA, transB, m, n, k, lda, ldb, n, false);
      long[] at = {a.address(), b.address(), c.address()};
      Runnable[] calls = {
        () -> GemmLibrary.OPENBLAS.multiply(product, at[0], at[1], at[2]),
        () -> GemmLibrary.ONEDNN.multiply(product, at[0], at[1], at[2]),
        () -> {
          Workers.threads(1);
          Gemm.multiply(product, 1, at[0], 0, at[1], 0, at[2], 0);
        },
        () -> {
          Workers.threads(2);
          Gemm.multiply(product, 1, at[0], 0, at[1], 0, at[2], 0);
        }
      };
      double flop = 2.0 * m * n * k;
      int repeats = (int) Math.max(1, ROUND_FLOP / flop);
      double[][] speeds = new double[calls.length][ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < calls.length; i++) {
          long start = System.nanoTime();
          for (int repeat = 0; repeat < repeats; repeat++) {
            calls[i].run();
          }
          speeds[i][round] = repeats * flop / (System.nanoTime() - start);
        }
      }
      StringBuilder line = new StringBuilder();
      for (double[] speed : speeds) {
        Arrays.sort(speed);
        line.append(String.format("%6.1f (%6.1f)  ", speed[ROUNDS / 2], speed[ROUNDS - 1]));
      }
      System.out.printf(
          "%-18s %-5s %s%n",
          m + "x" + k + "x" + n, (transA ? "T" : "N") + (transB ? "T" : "N"), line);
    }
  }

  private static Storage filled(int count) {
    Storage storage = Storage.allocate(Device.CPU, 4L * count);
    for (int i = 0; i < count; i++) {
      HostMemory.putFloat32(storage.address() + 4L * i, (float) Math.sin(i));
    }
    return storage;
  }
}
