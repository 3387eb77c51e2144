package io.arclight.spark.feed;

import java.io.Serializable;

/**
 * Where a lane stands: what a later run needs to go on with exactly the next row.
 *
 * @param lane index of the lane
 * @param epoch epoch that it reads
 * @param split position in the lane's list of splits where its window starts
 * @param row row of that split where the window starts
 * @param window number of the window in the epoch
 * @param index rows of the window that were given
 */
public record LaneState(int lane, int epoch, int split, long row, long window, int index)
    implements Serializable {
  private static final long ALL_ROWS = -1;

  /** A state in an order over all rows, of which {@code row} were given, by all ranks together. */
  static LaneState ofAllRows(int lane, int epoch, long row) {
    return new LaneState(lane, epoch, 0, row, ALL_ROWS, 0);
  }

  /** Whether the epoch goes by an order over all rows, and not by lanes. */
  boolean ofAllRows() {
    return window == ALL_ROWS;
  }
}
