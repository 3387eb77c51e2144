package io.arclight.data;

import java.util.PrimitiveIterator;
import java.util.stream.LongStream;

/**
 * The samples of one rank: all ranks deal the same order, which differs by epoch, and rank r takes
 * every world-th from r on. All get equally many; where the numbers do not divide, the first
 * samples of the order are dealt again.
 */
public final class DistributedSampler implements Sampler {
  private final long total;
  private final int rank;
  private final int world;
  private long seed;
  private boolean ordered;
  private boolean dropped;

  /**
   * @param size of the data set
   * @param world number of ranks
   */
  public DistributedSampler(long size, int rank, int world) {
    if (rank < 0 || rank >= world) {
      throw new IllegalArgumentException(
          "DistributedSampler: rank " + rank + " is not in 0 to " + (world - 1));
    }
    total = size;
    this.rank = rank;
    this.world = world;
  }

  /** Of the order; the same on all ranks. 0 by default. */
  public DistributedSampler seed(long value) {
    seed = value;
    return this;
  }

  /** Deals the samples in their own order in every epoch. */
  public DistributedSampler noShuffle() {
    ordered = true;
    return this;
  }

  /** Leaves out the last samples of the order where the numbers do not divide. */
  public DistributedSampler dropLast() {
    dropped = true;
    return this;
  }

  @Override
  public long size() {
    return dropped ? total / world : (total + world - 1) / world;
  }

  @Override
  public PrimitiveIterator.OfLong iterator(int epoch) {
    long[] order = ordered ? null : Permutation.of(total, seed, epoch);
    return LongStream.range(0, size())
        .map(i -> (i * world + rank) % total)
        .map(i -> order == null ? i : order[(int) i])
        .iterator();
  }
}
