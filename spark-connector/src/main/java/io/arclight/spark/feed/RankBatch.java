package io.arclight.spark.feed;

import io.arclight.data.Batch;
import java.util.List;

/**
 * A rank's share of a global batch.
 *
 * @param batch this rank's rows, possibly none; its memory belongs to the garbage collector until a
 *     scope takes it or it is closed
 * @param globalRows rows of all ranks
 * @param states where this rank's lanes stand after this batch, to resume with the next
 */
public record RankBatch(Batch batch, long globalRows, List<LaneState> states)
    implements AutoCloseable {

  public RankBatch {
    states = List.copyOf(states);
  }

  /** Frees the batch. */
  @Override
  public void close() {
    batch.close();
  }
}
