package io.arclight.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;

/** The indices of every batch of an epoch, such as samples of similar length together. */
public interface BatchSampler {
  /** What becomes of a last batch that is not full. */
  enum LastBatch {
    KEEP,
    DROP
  }

  /** How many batches an epoch has. */
  long size();

  /** The batches of epoch {@code epoch}, from 0. */
  Iterator<long[]> iterator(int epoch);

  /** Batches of {@code batchSize} indices in the order of {@code sampler}. */
  static BatchSampler of(Sampler sampler, int batchSize, LastBatch last) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "DataLoader: the batch size must be at least 1, not " + batchSize);
    }
    return new BatchSampler() {
      @Override
      public long size() {
        long n = sampler.size();
        return last == LastBatch.DROP ? n / batchSize : (n + batchSize - 1) / batchSize;
      }

      @Override
      public Iterator<long[]> iterator(int epoch) {
        return batches(sampler.iterator(epoch), batchSize, size());
      }
    };
  }

  private static Iterator<long[]> batches(
      PrimitiveIterator.OfLong indices, int batchSize, long steps) {
    return new Iterator<>() {
      private long step;

      @Override
      public boolean hasNext() {
        return step < steps;
      }

      @Override
      public long[] next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the epoch has " + steps + " batches");
        }
        step++;
        long[] out = new long[batchSize];
        int n = 0;
        while (n < batchSize && indices.hasNext()) {
          out[n++] = indices.nextLong();
        }
        return Arrays.copyOf(out, n);
      }
    };
  }
}
