package io.arclight.spark.feed;

/** Rows of a lane that are permuted together. */
final class Window {
  private final RowBlock block;
  private final int[] order;
  private LaneState start;
  private int rows;
  private int given;

  Window(RowBlock block) {
    this.block = block;
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
    if (options.shuffle() == Shuffle.WINDOW) {
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

  void give(int count, RowBlock to, int at) {
    block.gather(order, given, count, to, at);
    given += count;
  }

  LaneState state() {
    return new LaneState(
        start.lane(), start.epoch(), start.split(), start.row(), start.window(), given);
  }
}
