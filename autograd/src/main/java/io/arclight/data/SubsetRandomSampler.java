package io.arclight.data;

import java.util.Arrays;
import java.util.PrimitiveIterator;

/** Some samples, in an order that differs by epoch. */
public final class SubsetRandomSampler implements Sampler {
  private final long[] indices;
  private final long seed;

  /** These indices, in another order in every epoch. */
  public SubsetRandomSampler(long seed, long... indices) {
    this.indices = indices.clone();
    this.seed = seed;
  }

  @Override
  public long size() {
    return indices.length;
  }

  @Override
  public PrimitiveIterator.OfLong iterator(int epoch) {
    return Arrays.stream(Permutation.shuffled(indices.clone(), seed, epoch)).iterator();
  }
}
