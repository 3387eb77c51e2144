package io.arclight.spark.feed;

/** Rows of a lane that are permuted together. */
final class Window {
  private final RowBlock block;
  private final Spool spool;
  private final int[] order;
  private LaneState start;
  private int rows;
  private int given;

  /**
   * A window whose rows are in {@code block}, or in {@code spool} where the block says so.
   *
   * @param spool null when nothing is kept
   */
  Window(RowBlock block, Spool spool) {
    this.block = block;
    this.spool = spool;
    this.order = new int[block.capacity()];
  }

  RowBlock block() {
    return block;
  }

  /** Opens the window for giving its first {@code rows} rows, of which some were given before. */
  void start(LaneState start, int rows, FeedOptions options) {
    this.start = start;
    this.rows = rows;
    // Input that is not repeatable may have fewer rows now.
    this.given = Math.min(start.index(), rows);
    if (options.shuffle() != Shuffle.NONE) {
      Permutation.fill(order, rows, options.seed(), start.epoch(), start.lane(), start.window());
    } else {
      for (int i = 0; i < rows; i++) {
        order[i] = i;
      }
    }
  }

  int left() {
    return rows - given;
  }

  int rows() {
    return rows;
  }

  /** Copies the next rows; gives none, and false, when the spool has them damaged. */
  boolean give(int count, RowBlock to, int at) {
    if (block.settled()) {
      block.gather(order, given, count, to, at);
    } else if (!spool.gather(block, order, given, count, to, at)) {
      return false;
    }
    given += count;
    return true;
  }

  LaneState state() {
    return new LaneState(
        start.lane(), start.epoch(), start.split(), start.row(), start.window(), given);
  }
}
