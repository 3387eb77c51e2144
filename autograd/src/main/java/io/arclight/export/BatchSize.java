package io.arclight.export;

/** A whole number that follows the number of rows: {@code slope * rows + offset}. */
record BatchSize(long slope, long offset) {

  long at(long rows) {
    return Math.addExact(Math.multiplyExact(slope, rows), offset);
  }
}
