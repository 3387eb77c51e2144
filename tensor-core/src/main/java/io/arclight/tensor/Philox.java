package io.arclight.tensor;

/** Keys for the counter-based generator (Salmon et al., "Parallel random numbers", SC 2011). */
public final class Philox {
  private Philox() {}

  /** A well-mixed 64-bit key of two numbers (the finaliser of SplitMix64). */
  public static long mix(long a, long b) {
    long z = a + 0x9E3779B97F4A7C15L * (b + 1);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
