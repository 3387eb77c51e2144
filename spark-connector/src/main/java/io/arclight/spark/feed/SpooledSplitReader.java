package io.arclight.spark.feed;

import java.util.function.Supplier;

/** Reads a split from the spool; from the source where that turns out to be damaged. */
final class SpooledSplitReader extends SplitReader {
  private final Spool.Recording recording;
  private final Supplier<SplitReader> source;
  private SplitReader instead;
  private long next;

  /**
   * @param source opens the split where it comes from, and forgets the recording
   */
  SpooledSplitReader(
      int index,
      Split split,
      FeedSpec spec,
      RowMarks marks,
      Spool.Recording recording,
      Supplier<SplitReader> source) {
    super(index, split, spec, marks);
    this.recording = recording;
    this.source = source;
  }

  @Override
  int copy(RowBlock block, int at, int limit, RowMarks marks) {
    if (instead == null) {
      int rows = recording.read(next, block, at, limit);
      if (rows >= 0) {
        next += rows;
        return rows;
      }
      instead = source.get();
      instead.seek(next);
    }
    return instead.copy(block, at, limit, marks);
  }

  @Override
  long pass(long limit) {
    if (instead != null) {
      return instead.pass(limit);
    }
    long rows = Math.min(limit, recording.rows() - next);
    next += rows;
    return rows;
  }

  @Override
  public void close() {
    if (instead != null) {
      instead.close();
    }
  }
}
