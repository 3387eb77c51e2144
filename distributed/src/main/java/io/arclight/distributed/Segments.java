package io.arclight.distributed;

/** Splits {@code count} elements into one part per rank, the first {@code count % size} longer. */
record Segments(long count, int size) {
  /** First element of the part of {@code index}, taken modulo the number of ranks. */
  long start(int index) {
    int part = Math.floorMod(index, size);
    return part * (count / size) + Math.min(part, count % size);
  }

  long length(int index) {
    return count / size + (Math.floorMod(index, size) < count % size ? 1 : 0);
  }
}
