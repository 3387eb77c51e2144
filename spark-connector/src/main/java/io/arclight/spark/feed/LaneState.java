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
    implements Serializable {}
