package io.arclight.spark.feed;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Reads its splits one after the other and gives their rows window by window. */
final class Lane implements AutoCloseable {
  private final int index;
  private final FeedOptions options;
  private final IntFunction<SplitReader> opener;
  private final IntFunction<SplitReader> origin;
  private final Deque<Window> free;
  private final Supplier<Window> windows;
  private final Deque<Window> filled = new ArrayDeque<>();
  private int epoch;
  private int[] splits = {};
  private int split;
  private long row;
  private long window;
  private SplitReader reader;
  private long available;

  /**
   * A lane that has nothing to read yet.
   *
   * @param opener opens a split by its index in the plan
   * @param origin opens a split where it comes from, whatever was kept of it
   * @param windows gives an unused window
   * @param free takes windows that are used up
   */
  Lane(
      int index,
      FeedOptions options,
      IntFunction<SplitReader> opener,
      IntFunction<SplitReader> origin,
      Supplier<Window> windows,
      Deque<Window> free) {
    this.index = index;
    this.options = options;
    this.opener = opener;
    this.origin = origin;
    this.windows = windows;
    this.free = free;
  }

  int index() {
    return index;
  }

  /** Begins an epoch, or goes on in the middle of one. */
  void start(LaneState state, int[] dealt) {
    close();
    epoch = state.epoch();
    splits = dealt;
    split = state.split();
    row = state.row();
    window = state.window();
    fill(state.index());
  }

  /** The smaller of {@code cap} and the rows left; reads ahead as far as it needs to know. */
  long available(int cap) {
    while (available < cap && fill(0)) {
      continue;
    }
    return Math.min(cap, available);
  }

  /** Copies the next {@code count} rows, which must be available, to {@code block}. */
  void take(int count, RowBlock block, int at) {
    available -= count;
    int taken = 0;
    while (taken < count) {
      Window current = filled.element();
      int n = Math.min(count - taken, current.left());
      if (!current.give(n, block, at + taken)) {
        restore(current.block(), current.rows());
        current.give(n, block, at + taken);
      }
      taken += n;
      if (current.left() == 0) {
        free.push(filled.remove());
      }
    }
  }

  /** Where to go on after the rows taken so far. */
  LaneState state() {
    return filled.isEmpty() ? position(0) : filled.element().state();
  }

  @Override
  public void close() {
    if (reader != null) {
      SplitReader open = reader;
      reader = null;
      open.close();
    }
    free.addAll(filled);
    filled.clear();
    available = 0;
  }

  private LaneState position(int given) {
    return new LaneState(
        index, epoch, split, reader == null ? row : reader.position(), window, given);
  }

  /** Fills the next window; false when there are no rows left. */
  private boolean fill(int given) {
    if (split == splits.length) {
      return false;
    }
    Window next = windows.get();
    LaneState start = position(given);
    int rows = 0;
    try {
      rows = read(next.block());
    } finally {
      if (rows == 0) {
        free.push(next);
      }
    }
    if (rows == 0) {
      return false;
    }
    next.start(start, rows, options);
    window++;
    filled.add(next);
    available += next.left();
    return true;
  }

  /** Reads those of the block's rows that are not here again where they came from. */
  private void restore(RowBlock block, int rows) {
    for (int row = 0; row < rows; ) {
      int end = row;
      while (end < rows && !block.isHere(end) && block.id(end) - block.id(row) == end - row) {
        end++;
      }
      if (end > row) {
        reread(block, row, end);
      }
      row = Math.max(end, row + 1);
    }
    block.settle();
  }

  private void reread(RowBlock block, int first, int end) {
    long id = block.id(first);
    try (SplitReader from = origin.apply(SplitReader.split(id))) {
      from.seek(SplitReader.row(id));
      int read = 1;
      for (int row = first; row < end && read > 0; row += read) {
        read = from.read(block, row, end - row);
        if (read == 0 || block.id(row + read - 1) != id + (row + read - 1 - first)) {
          throw new FeedException(
              "%s has other rows than when it was first read: the input has changed, start anew"
                  .formatted(from));
        }
      }
    }
  }

  private int read(RowBlock block) {
    block.settle();
    int rows = 0;
    while (rows < options.window() && split < splits.length) {
      if (reader == null) {
        reader = opener.apply(splits[split]);
        reader.seek(row);
      }
      int read = reader.read(block, rows, options.window() - rows);
      if (read == 0) {
        reader.close();
        reader = null;
        row = 0;
        split++;
      }
      rows += read;
    }
    return rows;
  }
}
