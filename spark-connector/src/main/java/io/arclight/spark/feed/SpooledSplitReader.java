package io.arclight.spark.feed;

import java.util.function.Supplier;

/**
 * Says where in the spool a split's rows are; reads the source once they turn out to be damaged.
 */
final class SpooledSplitReader extends SplitReader {
  private final Spool.Recording recording;
  private final Supplier<SplitReader> source;
  private SplitReader instead;
  private long next;

  /**
   * @param source opens the split where it comes from
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
    if (instead == null && recording.damaged()) {
      instead = source.get();
      instead.seek(next);
    }
    if (instead != null) {
      return instead.copy(block, at, limit, marks);
    }
    int rows = recording.refer(next, block, at, limit);
    next += rows;
    return rows;
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
