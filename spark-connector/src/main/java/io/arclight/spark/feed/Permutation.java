package io.arclight.spark.feed;

/**
 * Permutations that depend on their key only, on any Java version, because a resumed run must meet
 * the same order. Random numbers: SplitMix64 (Steele, Lea, Flood 2014).
 */
final class Permutation {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private Permutation() {}

  /** The permutation of 0 to {@code n} - 1 that {@code key} names. */
  static int[] of(int n, long... key) {
    int[] order = new int[n];
    fill(order, n, key);
    return order;
  }

  /** Writes the permutation of 0 to {@code n} - 1 that {@code key} names into {@code order}. */
  static void fill(int[] order, int n, long... key) {
    long state = key(key);
    for (int i = 0; i < n; i++) {
      state += GAMMA;
      int j = (int) Math.multiplyHigh(mix(state) >>> 1, 2L * (i + 1));
      order[i] = order[j];
      order[j] = i;
    }
  }

  /** One number for all of a key. */
  static long key(long... key) {
    long state = 0;
    for (long k : key) {
      state = mix(state + GAMMA + k);
    }
    return state;
  }

  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
