package io.arclight.tensor.memory;

/**
 * Block sizes that the allocator keeps: multiples of 64 bytes up to 256, then powers of two in
 * quarter steps, from 64 MiB on in steps of a sixteenth (less waste where it hurts).
 */
final class SizeClass {
  static final int ALIGNMENT = 64;
  static final long MAX_BYTES = 1L << 46;

  private static final int FIRST_OCTAVE = 8;
  private static final int FINE_OCTAVE = 26;
  private static final int FIRST_QUARTER = 4;
  private static final int FIRST_FINE = FIRST_QUARTER + (FINE_OCTAVE - FIRST_OCTAVE) * 4;

  static final int COUNT = of(MAX_BYTES) + 1;

  private SizeClass() {}

  /** Index of the smallest class that holds {@code bytes}. */
  static int of(long bytes) {
    if (bytes <= 256) {
      return bytes <= ALIGNMENT ? 0 : (int) ((bytes - 1) >>> 6);
    }
    int octave = 63 - Long.numberOfLeadingZeros(bytes - 1);
    if (octave < FINE_OCTAVE) {
      int step = (int) ((bytes - 1) >>> (octave - 2)) & 3;
      return FIRST_QUARTER + (octave - FIRST_OCTAVE) * 4 + step;
    }
    int step = (int) ((bytes - 1) >>> (octave - 4)) & 15;
    return FIRST_FINE + (octave - FINE_OCTAVE) * 16 + step;
  }

  /** Bytes that a block of class {@code index} holds. */
  static long bytes(int index) {
    if (index < FIRST_QUARTER) {
      return (index + 1L) * ALIGNMENT;
    }
    if (index < FIRST_FINE) {
      int octave = FIRST_OCTAVE + (index - FIRST_QUARTER) / 4;
      return (1L << octave) + (((index - FIRST_QUARTER) % 4 + 1L) << (octave - 2));
    }
    int octave = FINE_OCTAVE + (index - FIRST_FINE) / 16;
    return (1L << octave) + (((index - FIRST_FINE) % 16 + 1L) << (octave - 4));
  }
}
