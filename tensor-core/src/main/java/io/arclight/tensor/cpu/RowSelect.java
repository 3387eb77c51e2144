package io.arclight.tensor.cpu;

import io.arclight.tensor.memory.HostMemory;
import java.util.Arrays;

/**
 * Finds the smallest of rows of signed keys, int32 or int64, without sorting them: counts the keys
 * by their highest digit, goes on with those of the digit in question, and so on.
 */
public final class RowSelect {
  /** Which element of a row is looked for. */
  public enum Rank {
    /** The given one, from 0. */
    GIVEN,
    /** The lower median; the first key that is {@code none}, if there is one. */
    MEDIAN,
    /** The lower median of the keys that are not {@code none}. */
    MEDIAN_OF_OTHERS
  }

  private static final int BITS = 11;
  private static final int RADIX = 1 << BITS;
  private static final int FEW = 48;

  /** Keys that are worth a copy in an array, where quickselect finds one. */
  private static final int SOME = 4096;

  /** Places that are kept in order while a row is read once. */
  private static final int FIRST = 24;

  private RowSelect() {}

  /**
   * The place of one element in each row; of equal keys the earlier come first.
   *
   * @param keys address of {@code rows * n} keys
   * @param scratch address of {@code rows * n} int64
   * @param bits of a key, 32 or 64
   * @param none the key of what counts as missing, if {@code rank} is not GIVEN
   * @param places address of {@code rows} int64
   */
  public static void place(
      long keys,
      long scratch,
      long rows,
      long n,
      int bits,
      Rank rank,
      long k,
      long none,
      long places) {
    RowSort.each(
        rows,
        n,
        row -> {
          long from = keys + bits / 8 * n * row;
          long at = placeInRow(from, scratch + 8 * n * row, n, bits, rank, k, none);
          HostMemory.putInt64(places + 8 * row, at);
        });
  }

  /**
   * The places of the {@code k} smallest elements of each row, in order; of equal keys the earlier
   * come first.
   *
   * @param k at most a third of {@code n}
   * @param places address of {@code rows * k} int64
   */
  public static void smallest(
      long keys, long scratch, long rows, long n, int bits, long k, long places) {
    RowSort.each(
        rows,
        n,
        row ->
            smallestInRow(
                keys + bits / 8 * n * row,
                scratch + 8 * n * row,
                n,
                bits,
                k,
                places + 8 * k * row));
  }

  private static long key(long keys, long i, int bits) {
    return bits == 32 ? HostMemory.int32(keys + 4 * i) : HostMemory.int64(keys + 8 * i);
  }

  private static long placeInRow(
      long keys, long scratch, long n, int bits, Rank rank, long given, long none) {
    long k = given;
    if (rank != Rank.GIVEN) {
      long missing = 0;
      long first = -1;
      for (long i = 0; i < n; i++) {
        if (key(keys, i, bits) == none) {
          missing++;
          first = first < 0 ? i : first;
        }
      }
      if (rank == Rank.MEDIAN && missing > 0 || missing == n) {
        return first;
      }
      k = (n - missing - 1) / 2;
    }
    long[] found = threshold(keys, scratch, n, bits, k);
    long equal = found[1];
    for (long i = 0; ; i++) {
      if (key(keys, i, bits) == found[0] && equal-- == 0) {
        return i;
      }
    }
  }

  private static void smallestInRow(
      long keys, long scratch, long n, int bits, long k, long places) {
    if (k == 0) {
      return;
    }
    if (k <= FIRST) {
      firstInRow(keys, n, bits, (int) k, places);
      return;
    }
    long[] found = threshold(keys, scratch, n, bits, k - 1);
    long last = found[0];
    long equal = found[1] + 1;
    long count = 0;
    for (long i = 0; count < k; i++) {
      long key = key(keys, i, bits);
      if (key < last || key == last && equal-- > 0) {
        HostMemory.putInt64(scratch + 8 * count, key);
        HostMemory.putInt64(places + 8 * count, i);
        count++;
      }
    }
    long items = scratch + 16 * k;
    for (long i = 0; i < k; i++) {
      HostMemory.putInt32(items + 4 * i, (int) HostMemory.int64(places + 8 * i));
    }
    RowSort.sortRowPairs(scratch, items, scratch + 8 * k, items + 4 * k, k);
    for (long i = 0; i < k; i++) {
      HostMemory.putInt64(places + 8 * i, Integer.toUnsignedLong(HostMemory.int32(items + 4 * i)));
    }
  }

  private static void firstInRow(long keys, long n, int bits, int k, long places) {
    long[] best = new long[k];
    long[] at = new long[k];
    int count = 0;
    for (long i = 0; i < n; i++) {
      long key = key(keys, i, bits);
      if (count == k && key >= best[k - 1]) {
        continue;
      }
      int j = count < k ? count++ : k - 1;
      while (j > 0 && best[j - 1] > key) {
        best[j] = best[j - 1];
        at[j] = at[j - 1];
        j--;
      }
      best[j] = key;
      at[j] = i;
    }
    for (int j = 0; j < k; j++) {
      HostMemory.putInt64(places + 8L * j, at[j]);
    }
  }

  private static long[] thresholdOfSome(long keys, int n, int bits, int k) {
    long[] some = new long[n];
    for (int i = 0; i < n; i++) {
      some[i] = key(keys, i, bits);
    }
    int low = 0;
    int high = n - 1;
    while (high - low >= FEW) {
      long pivot = median(some[low], some[(low + high) >>> 1], some[high]);
      int i = low - 1;
      int j = high + 1;
      while (true) {
        while (some[++i] < pivot) {}
        while (some[--j] > pivot) {}
        if (i >= j) {
          break;
        }
        long other = some[i];
        some[i] = some[j];
        some[j] = other;
      }
      if (k <= j) {
        high = j;
      } else {
        low = j + 1;
      }
    }
    Arrays.sort(some, low, high + 1);
    long value = some[k];
    int equal = 0;
    while (k - equal > low && some[k - equal - 1] == value) {
      equal++;
    }
    if (k - equal == low) {
      for (int i = 0; i < low; i++) {
        equal += some[i] == value ? 1 : 0;
      }
    }
    return new long[] {value, equal};
  }

  private static long median(long a, long b, long c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  /** Element {@code k} in order, and how many equal ones come before it. */
  private static long[] threshold(long keys, long scratch, long n, int bits, long k) {
    return n <= SOME
        ? thresholdOfSome(keys, (int) n, bits, (int) k)
        : thresholdOfMany(keys, scratch, n, bits, k);
  }

  private static long[] thresholdOfMany(long keys, long scratch, long n, int bits, long k) {
    int[] counts = new int[RADIX];
    long from = keys;
    int size = bits;
    long left = n;
    long rank = k;
    for (int high = bits; high > 0 && left > FEW; high -= BITS) {
      int shift = Math.max(0, high - BITS);
      int mask = (1 << (high - shift)) - 1;
      // The sign bit turned, so that digits are in order.
      long flip = high == bits ? 1L << (bits - 1) : 0;
      Arrays.fill(counts, 0);
      for (long i = 0; i < left; i++) {
        counts[(int) ((key(from, i, size) ^ flip) >>> shift) & mask]++;
      }
      int digit = 0;
      while (rank >= Integer.toUnsignedLong(counts[digit])) {
        rank -= Integer.toUnsignedLong(counts[digit++]);
      }
      if (Integer.toUnsignedLong(counts[digit]) < left) {
        long to = scratch;
        for (long i = 0; i < left; i++) {
          long key = key(from, i, size);
          if (((int) ((key ^ flip) >>> shift) & mask) == digit) {
            HostMemory.putInt64(to, key);
            to += 8;
          }
        }
        left = (to - scratch) / 8;
        from = scratch;
        size = 64;
      }
    }
    if (left > FEW) {
      return new long[] {key(from, 0, size), rank}; // all that are left are equal
    }
    long[] few = new long[(int) left];
    for (int i = 0; i < few.length; i++) {
      few[i] = key(from, i, size);
    }
    Arrays.sort(few);
    long value = few[(int) rank];
    for (int i = 0; few[i] < value; i++) {
      rank--;
    }
    return new long[] {value, rank};
  }
}
