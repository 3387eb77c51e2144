package io.arclight.tensor.cpu;

import io.arclight.tensor.memory.HostMemory;

/** The stable order of rows of int64 keys, compared from their first key on. */
public final class Lexicographic {
  private final long keys;
  private final long width;

  private Lexicographic(long keys, long width) {
    this.keys = keys;
    this.width = width;
  }

  /**
   * Writes the numbers of the rows in order.
   *
   * @param keys address of {@code rows * width} int64
   * @param places address of {@code rows} int64
   */
  public static void order(long keys, int rows, long width, long places) {
    int[] order = new Lexicographic(keys, width).merged(rows);
    for (int i = 0; i < rows; i++) {
      HostMemory.putInt64(places + 8L * i, order[i]);
    }
  }

  private int[] merged(int rows) {
    int[] from = new int[rows];
    for (int i = 0; i < rows; i++) {
      from[i] = i;
    }
    int[] to = new int[rows];
    for (long run = 1; run < rows; run *= 2) {
      for (long start = 0; start < rows; start += 2 * run) {
        merge(from, to, (int) start, end(start + run, rows), end(start + 2 * run, rows));
      }
      int[] other = from;
      from = to;
      to = other;
    }
    return from;
  }

  private static int end(long place, int rows) {
    return (int) Math.min(place, rows);
  }

  private void merge(int[] from, int[] to, int start, int middle, int end) {
    int a = start;
    int b = middle;
    for (int i = start; i < end; i++) {
      boolean first = a < middle && (b >= end || !precedes(from[b], from[a]));
      to[i] = from[first ? a++ : b++];
    }
  }

  private boolean precedes(int a, int b) {
    for (long i = 0; i < width; i++) {
      long x = HostMemory.int64(keys + 8 * (a * width + i));
      long y = HostMemory.int64(keys + 8 * (b * width + i));
      if (x != y) {
        return x < y;
      }
    }
    return false;
  }
}
