package io.arclight.data;

import io.arclight.tensor.Philox;
import java.util.SplittableRandom;

/** Random orders as functions of seed and epoch. */
final class Permutation {
  private Permutation() {}

  static long[] of(long n, long seed, long epoch) {
    return shuffled(range(n), seed, epoch);
  }

  static long[] range(long n) {
    long[] out = new long[Math.toIntExact(n)];
    for (int i = 0; i < out.length; i++) {
      out[i] = i;
    }
    return out;
  }

  /** Shuffles {@code values} in place. */
  static long[] shuffled(long[] values, long seed, long epoch) {
    SplittableRandom random = random(seed, epoch);
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      long swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
    return values;
  }

  static SplittableRandom random(long seed, long epoch) {
    return new SplittableRandom(Philox.mix(seed, epoch));
  }
}
