package io.arclight.spark.feed;

import java.util.Collection;

/** What a rank gives of each global batch; used by one thread. */
interface RankRows extends AutoCloseable {
  /** Indices of the lanes that this rank keeps the state of. */
  int[] indices();

  /** Begins an epoch. */
  void start(int epoch);

  /** Goes on where an epoch stood; states of other ranks' lanes are passed over. */
  void resume(Collection<LaneState> states);

  /** What this rank has, to be summed over the ranks before the next {@link #take}. */
  long[] availability();

  /** This rank's share of the next global batch, given what all ranks have. */
  RankBatch take(long[] globalAvailability);

  @Override
  void close();
}
