package io.arclight.spark.feed;

import java.util.List;

/**
 * A rank's share of a global batch.
 *
 * @param rows this rank's rows, possibly none
 * @param globalRows rows of all ranks
 * @param states where this rank's lanes stand after this batch, to resume with the next
 */
public record RankBatch(HostBatch rows, long globalRows, List<LaneState> states)
    implements AutoCloseable {

  public RankBatch {
    states = List.copyOf(states);
  }

  @Override
  public void close() {
    rows.close();
  }
}
