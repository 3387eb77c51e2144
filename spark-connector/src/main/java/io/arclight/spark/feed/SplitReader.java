package io.arclight.spark.feed;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the rows of one split in order, checks them and gives each an id. */
abstract class SplitReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SplitReader.class);
  private static final int ROW_BITS = 40;

  private final int index;
  private final Split split;
  private final BadRows policy;
  private final boolean repeatable;
  private final RowMarks marks;
  private Spool.Recording recording;
  private long position;
  private long skipped;

  /**
   * Prepares reading.
   *
   * @param index of the split in its plan, part of every row's id
   * @param marks for as many rows as the blocks have that it will read into
   */
  SplitReader(int index, Split split, FeedSpec spec, RowMarks marks) {
    this.index = index;
    this.split = split;
    this.policy = spec.badRows();
    this.repeatable = spec.plan().repeatable();
    this.marks = marks;
  }

  /** Adds the rows to {@code value} as they are read. */
  final SplitReader recordedBy(Spool.Recording value) {
    recording = value;
    return this;
  }

  /** Copies up to {@code limit} rows into {@code block} from its row {@code at}; 0 at the end. */
  abstract int copy(RowBlock block, int at, int limit, RowMarks marks);

  /** Passes over up to {@code limit} rows; 0 at the end. */
  abstract long pass(long limit);

  @Override
  public abstract void close();

  /** The id of a row. */
  static long id(int split, long row) {
    return ((long) split << ROW_BITS) | row;
  }

  /** The split that a row's id tells. */
  static int split(long id) {
    return (int) (id >>> ROW_BITS);
  }

  /** The number within its split that a row's id tells. */
  static long row(long id) {
    return id & ((1L << ROW_BITS) - 1);
  }

  @Override
  public final String toString() {
    return split.toString();
  }

  /** Rows that came from the split so far, bad ones included. */
  final long position() {
    return position;
  }

  /** Goes on to row {@code row} of the split, or to its end where rows may vary. */
  final void seek(long row) {
    while (position < row) {
      long passed = pass(row - position);
      if (passed == 0 && !repeatable) {
        LOG.warn("{} has {} rows, but before the run stopped {} were read", split, position, row);
        return;
      }
      if (passed == 0) {
        throw new FeedException(
            "%s has %d rows but the run to resume had read %d: the input has changed"
                .formatted(split, position, row));
      }
      position += passed;
    }
  }

  /** Reads up to {@code limit} good rows into {@code block} from row {@code at}; 0 at the end. */
  final int read(RowBlock block, int at, int limit) {
    while (true) {
      marks.start(split.toString(), position, at);
      int rows = copy(block, at, limit, marks);
      for (int i = 0; i < rows; i++) {
        block.id(at + i, id(index, position + i));
      }
      position += rows;
      if (marks.bad() == 0) {
        record(block, at, rows);
        end(rows);
        return rows;
      }
      if (policy == BadRows.FAIL) {
        throw failure(block, at, rows);
      }
      skipped += marks.bad();
      int good = compact(block, at, rows);
      if (good > 0) {
        return good;
      }
    }
  }

  /**
   * Only a split whose every row was added is kept, so none that has bad ones or was entered late.
   */
  private void record(RowBlock block, int at, int rows) {
    if (recording == null) {
      return;
    }
    if (rows == 0) {
      recording.end(position);
    } else if (recording.rows() == position - rows) {
      recording.add(block, at, rows);
    }
  }

  private void end(int rows) {
    if (rows == 0 && skipped > 0) {
      LOG.warn("Left out {} of {} rows of {}: null or NaN", skipped, position, split);
      skipped = 0;
    }
  }

  private int compact(RowBlock block, int at, int rows) {
    int good = 0;
    for (int i = 0; i < rows; i++) {
      if (!marks.isBad(at + i)) {
        if (good != i) {
          block.move(at + i, at + good);
        }
        good++;
      }
    }
    return good;
  }

  /** Counts the bad rows to the end of the split, so that the user learns how many there are. */
  private FeedException failure(RowBlock block, int at, int rows) {
    int first = at;
    while (!marks.isBad(first)) {
      first++;
    }
    String what = marks.describe(first);
    long bad = 0;
    for (int n = rows; n > 0; position += n) {
      bad += marks.bad();
      marks.start(split.toString(), position, at);
      n = copy(block, at, block.capacity() - at, marks);
    }
    return new FeedException(
        "%d of %d rows have a null or NaN, the first: %s; clean the data, or skip such rows"
                .formatted(bad, position, what)
            + " (BadRows.SKIP)");
  }
}
