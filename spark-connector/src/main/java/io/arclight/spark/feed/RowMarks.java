package io.arclight.spark.feed;

import java.util.Arrays;

/** Which rows of a block have a null or a NaN, and where they came from. */
final class RowMarks {
  private static final byte GOOD = 0;
  private static final byte NULL = 1;
  private static final byte NAN = 2;

  private final byte[] kinds;
  private final String[] columns;
  private int bad;
  private String origin = "";
  private long firstRow;

  RowMarks(int capacity) {
    kinds = new byte[capacity];
    columns = new String[capacity];
  }

  /** Forgets all marks; row {@code at} of the block is row {@code firstRow} of {@code origin}. */
  void start(String origin, long firstRow, int at) {
    if (bad > 0) {
      Arrays.fill(kinds, GOOD);
      bad = 0;
    }
    this.origin = origin;
    this.firstRow = firstRow - at;
  }

  void markNull(int at, String column) {
    mark(at, column, NULL);
    kinds[at] = NULL;
  }

  void markNan(int at, String column) {
    mark(at, column, NAN);
  }

  private void mark(int at, String column, byte kind) {
    if (kinds[at] == GOOD) {
      kinds[at] = kind;
      columns[at] = column;
      bad++;
    }
  }

  /** How many rows are marked. */
  int bad() {
    return bad;
  }

  boolean isNull(int at) {
    return kinds[at] == NULL;
  }

  boolean isBad(int at) {
    return kinds[at] != GOOD;
  }

  /** Says what is wrong with a marked row. */
  String describe(int at) {
    return "%s in column '%s' at %s"
        .formatted(kinds[at] == NULL ? "null" : "NaN", columns[at], place(at));
  }

  /** Error about a row that no policy lets pass. */
  FeedException error(int at, String message) {
    return new FeedException(message + " (" + place(at) + ")");
  }

  private String place(int at) {
    return "row " + (firstRow + at) + " of " + origin;
  }
}
