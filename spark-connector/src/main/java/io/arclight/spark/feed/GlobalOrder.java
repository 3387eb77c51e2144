package io.arclight.spark.feed;

import java.util.Arrays;

/**
 * A permutation of any number of rows that its key names, without a list of them: a Feistel network
 * (Luby, Rackoff 1988) over the next power of four, walked until it comes back among the rows.
 */
final class GlobalOrder {
  private static final int ROUNDS = 8;

  /**
   * Halves of at least eight bits, which a few rounds mix well; few rows then take a longer walk.
   */
  private static final int LEAST_BITS = 16;

  private final long rows;
  private final int half;
  private final long[] keys = new long[ROUNDS];

  GlobalOrder(long rows, long... key) {
    this.rows = rows;
    int bits = Math.max(LEAST_BITS, Long.SIZE - Long.numberOfLeadingZeros(Math.max(0, rows - 1)));
    half = (bits + 1) / 2;
    for (int round = 0; round < ROUNDS; round++) {
      long[] of = Arrays.copyOf(key, key.length + 1);
      of[key.length] = round;
      keys[round] = Permutation.key(of);
    }
  }

  /** How many rows it permutes. */
  long rows() {
    return rows;
  }

  /** The number of the row that is at {@code place}, from 0. */
  long at(long place) {
    long value = place;
    do {
      value = permuted(value);
    } while (value >= rows);
    return value;
  }

  private long permuted(long value) {
    long left = value >>> half;
    long right = value & ((1L << half) - 1);
    for (long key : keys) {
      long next = left ^ (Permutation.mix(right + key) >>> (Long.SIZE - half));
      left = right;
      right = next;
    }
    return left << half | right;
  }
}
