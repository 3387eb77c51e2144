package io.arclight.data;

import java.util.Arrays;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** All samples in an order that differs by epoch, or as many as wanted, drawn at random. */
public final class RandomSampler implements Sampler {
  private final long range;
  private final long seed;
  private boolean replaced;
  private long samples;

  /**
   * @param size of the data set
   */
  public RandomSampler(long size, long seed) {
    if (size < 1) {
      throw new IllegalArgumentException("RandomSampler: there are " + size + " samples");
    }
    range = size;
    samples = size;
    this.seed = seed;
  }

  /** Every draw is from all samples. */
  public RandomSampler replacement() {
    replaced = true;
    return this;
  }

  /** How many an epoch draws; without replacement, again from all when all have been drawn. */
  public RandomSampler numSamples(long count) {
    if (count < 1) {
      throw new IllegalArgumentException("RandomSampler: numSamples is at least 1, not " + count);
    }
    samples = count;
    return this;
  }

  @Override
  public long size() {
    return samples;
  }

  @Override
  public PrimitiveIterator.OfLong iterator(int epoch) {
    SplittableRandom random = Permutation.random(seed, epoch);
    if (replaced) {
      return random.longs(samples, 0, range).iterator();
    }
    long rounds = (samples + range - 1) / range;
    return LongStream.range(0, rounds)
        .flatMap(
            round ->
                Arrays.stream(Permutation.of(range, round == 0 ? seed : random.nextLong(), epoch)))
        .limit(samples)
        .iterator();
  }
}
