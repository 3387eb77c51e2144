package io.arclight.tensor.cpu;

import io.arclight.tensor.memory.HostMemory;

/**
 * Stable ascending sorts of rows of signed int64 keys in memory, with or without int32 companions
 * that move along: insertion for short rows, else a radix sort from the lowest byte up that leaves
 * out bytes in which all keys of a row agree.
 */
public final class RowSort {
  private static final int SHORT = 40;
  private static final int RADIX = 256;

  private RowSort() {}

  /**
   * Sorts each row of keys.
   *
   * @param keys address of {@code rows * n} int64
   * @param scratch address of as much memory
   * @param lowest the lowest bit that counts; rows are in order of the bits below
   */
  public static void sort(long keys, long scratch, long rows, long n, int lowest) {
    each(rows, n, row -> sortRow(keys + 8 * n * row, scratch + 8 * n * row, n, lowest));
  }

  /**
   * Sorts each row of keys, and moves {@code items} (int32, {@code rows * n}) along.
   *
   * @param scratchItems address of as much memory as {@code items}
   */
  public static void sortPairs(
      long keys, long items, long scratch, long scratchItems, long rows, long n) {
    each(
        rows,
        n,
        row ->
            sortRowPairs(
                keys + 8 * n * row,
                items + 4 * n * row,
                scratch + 8 * n * row,
                scratchItems + 4 * n * row,
                n));
  }

  /** Runs {@code action} on all rows, shared among threads. */
  static void each(long rows, long n, java.util.function.LongConsumer action) {
    long grain = Math.max(1, 4096 / Math.max(1, n));
    Workers.run(
        rows,
        grain,
        (begin, end) -> {
          for (long row = begin; row < end; row++) {
            action.accept(row);
          }
        });
  }

  private static void sortRow(long keys, long scratch, long n, int lowest) {
    if (n < SHORT) {
      insertion(keys, n);
      return;
    }
    int digits = 8 - lowest / 8;
    int[] counts = count(keys, n, lowest, digits);
    long from = keys;
    long to = scratch;
    for (int d = 0; d < digits; d++) {
      int shift = lowest + 8 * d;
      int flip = shift == 56 ? 0x80 : 0;
      if (isTrivial(counts, d, n, digit(HostMemory.int64(from), shift, flip))) {
        continue;
      }
      starts(counts, d);
      scatter(from, to, n, shift, flip, counts, d * RADIX);
      long other = from;
      from = to;
      to = other;
    }
    if (from != keys) {
      HostMemory.copy(from, keys, 8 * n);
    }
  }

  static void sortRowPairs(long keys, long items, long scratch, long scratchItems, long n) {
    if (n < SHORT) {
      insertionPairs(keys, items, n);
      return;
    }
    int[] counts = count(keys, n, 0, 8);
    long from = keys;
    long to = scratch;
    long fromItems = items;
    long toItems = scratchItems;
    for (int d = 0; d < 8; d++) {
      int shift = 8 * d;
      int flip = shift == 56 ? 0x80 : 0;
      if (isTrivial(counts, d, n, digit(HostMemory.int64(from), shift, flip))) {
        continue;
      }
      starts(counts, d);
      scatterPairs(from, fromItems, to, toItems, n, shift, flip, counts, d * RADIX);
      long other = from;
      from = to;
      to = other;
      other = fromItems;
      fromItems = toItems;
      toItems = other;
    }
    if (from != keys) {
      HostMemory.copy(from, keys, 8 * n);
      HostMemory.copy(fromItems, items, 4 * n);
    }
  }

  private static int digit(long key, int shift, int flip) {
    return (int) (key >>> shift) & 0xff ^ flip;
  }

  /** How often each digit occurs, [digits, RADIX]. */
  private static int[] count(long keys, long n, int lowest, int digits) {
    int[] counts = new int[digits * RADIX];
    for (long p = keys, end = keys + 8 * n; p < end; p += 8) {
      long key = HostMemory.int64(p) ^ Long.MIN_VALUE;
      for (int d = 0; d < digits; d++) {
        counts[d * RADIX + ((int) (key >>> (lowest + 8 * d)) & 0xff)]++;
      }
    }
    return counts;
  }

  private static boolean isTrivial(int[] counts, int digit, long n, int first) {
    return counts[digit * RADIX + first] == (int) n;
  }

  /** Turns counts into first places. */
  private static void starts(int[] counts, int digit) {
    int at = 0;
    for (int i = digit * RADIX; i < (digit + 1) * RADIX; i++) {
      int count = counts[i];
      counts[i] = at;
      at += count;
    }
  }

  private static void scatter(
      long from, long to, long n, int shift, int flip, int[] places, int offset) {
    for (long p = from, end = from + 8 * n; p < end; p += 8) {
      long key = HostMemory.int64(p);
      int place = places[offset + digit(key, shift, flip)]++;
      HostMemory.putInt64(to + 8L * Integer.toUnsignedLong(place), key);
    }
  }

  private static void scatterPairs(
      long from,
      long fromItems,
      long to,
      long toItems,
      long n,
      int shift,
      int flip,
      int[] places,
      int offset) {
    for (long i = 0; i < n; i++) {
      long key = HostMemory.int64(from + 8 * i);
      long place = Integer.toUnsignedLong(places[offset + digit(key, shift, flip)]++);
      HostMemory.putInt64(to + 8 * place, key);
      HostMemory.putInt32(toItems + 4 * place, HostMemory.int32(fromItems + 4 * i));
    }
  }

  private static void insertion(long keys, long n) {
    for (long p = keys + 8, end = keys + 8 * n; p < end; p += 8) {
      long key = HostMemory.int64(p);
      long q = p;
      while (q > keys && HostMemory.int64(q - 8) > key) {
        HostMemory.putInt64(q, HostMemory.int64(q - 8));
        q -= 8;
      }
      HostMemory.putInt64(q, key);
    }
  }

  private static void insertionPairs(long keys, long items, long n) {
    for (long i = 1; i < n; i++) {
      long key = HostMemory.int64(keys + 8 * i);
      int item = HostMemory.int32(items + 4 * i);
      long j = i;
      while (j > 0 && HostMemory.int64(keys + 8 * j - 8) > key) {
        HostMemory.putInt64(keys + 8 * j, HostMemory.int64(keys + 8 * j - 8));
        HostMemory.putInt32(items + 4 * j, HostMemory.int32(items + 4 * j - 4));
        j--;
      }
      HostMemory.putInt64(keys + 8 * j, key);
      HostMemory.putInt32(items + 4 * j, item);
    }
  }
}
