package io.arclight.datasource;

/** SplitMix64: a random stream that is the same on every machine. */
final class RandomStream {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  RandomStream(long key) {
    this.state = key;
  }

  /** Scrambles {@code a} and {@code b} into one key. */
  static long key(long a, long b) {
    return mix(mix(a + GOLDEN) + b * GOLDEN);
  }

  long bits() {
    state += GOLDEN;
    return mix(state);
  }

  /** An integer from 0 to {@code bound}, exclusive. */
  int integer(int bound) {
    return (int) (((bits() >>> 33) * bound) >>> 31);
  }

  double uniform(double from, double to) {
    return from + (to - from) * (bits() >>> 11) * 0x1p-53;
  }

  /** Nearly normal, mean 0, standard deviation {@code deviation}, never beyond 3.5 of it. */
  double normal(double deviation) {
    double sum = 0;
    for (int i = 0; i < 4; i++) {
      sum += uniform(-1, 1);
    }
    return sum * deviation * Math.sqrt(0.75);
  }

  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }
}
