package io.arclight.data;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.function.Function;

/** The batches of every epoch, before they are made. */
interface BatchSource<B> {

  /** How many an epoch has, where that is known. */
  OptionalLong steps();

  /** The batches of an epoch; used by one thread at a time, and closed if it is closeable. */
  Iterator<BatchTask<B>> tasks(int epoch);

  static <B> BatchSource<B> of(BatchSampler sampler, Function<long[], B> make) {
    return new BatchSource<>() {
      @Override
      public OptionalLong steps() {
        return OptionalLong.of(sampler.size());
      }

      @Override
      public Iterator<BatchTask<B>> tasks(int epoch) {
        Iterator<long[]> batches = sampler.iterator(epoch);
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return batches.hasNext();
          }

          @Override
          public BatchTask<B> next() {
            long[] indices = batches.next();
            return new BatchTask<>(indices, () -> make.apply(indices));
          }
        };
      }
    };
  }

  /** Batches of a stream, whose samples are drawn here and collated where the task is run. */
  static <T, B> BatchSource<B> of(
      IterableDataset<T> dataset,
      int batchSize,
      BatchSampler.LastBatch last,
      Collating<T, B> collate) {
    return new BatchSource<>() {
      @Override
      public OptionalLong steps() {
        return OptionalLong.empty();
      }

      @Override
      public Iterator<BatchTask<B>> tasks(int epoch) {
        return new Drawn<>(dataset.iterator(epoch), batchSize, last, collate);
      }
    };
  }

  /** Makes a batch of samples and their ids. */
  @FunctionalInterface
  interface Collating<T, B> {
    B apply(List<T> samples, long[] ids);
  }

  /** Draws as many samples as a batch has. */
  final class Drawn<T, B> implements Iterator<BatchTask<B>>, AutoCloseable {
    private final Iterator<T> samples;
    private final int batchSize;
    private final BatchSampler.LastBatch last;
    private final Collating<T, B> collate;
    private BatchTask<B> next;
    private long drawn;

    Drawn(
        Iterator<T> samples, int batchSize, BatchSampler.LastBatch last, Collating<T, B> collate) {
      this.samples = samples;
      this.batchSize = batchSize;
      this.last = last;
      this.collate = collate;
    }

    @Override
    public boolean hasNext() {
      if (next == null) {
        next = draw();
      }
      return next != null;
    }

    @Override
    public BatchTask<B> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the stream has ended");
      }
      BatchTask<B> out = next;
      next = null;
      return out;
    }

    private BatchTask<B> draw() {
      List<T> batch = new ArrayList<>();
      long first = drawn;
      try {
        while (batch.size() < batchSize && samples.hasNext()) {
          batch.add(samples.next());
          drawn++;
        }
      } catch (Exception | LinkageError | StackOverflowError e) {
        throw e instanceof SampleException s ? s : new SampleException(drawn, e);
      }
      boolean full = batch.size() == batchSize;
      if (batch.isEmpty() || !full && last == BatchSampler.LastBatch.DROP) {
        return null;
      }
      long[] ids = new long[batch.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = first + i;
      }
      return new BatchTask<>(ids, () -> collate.apply(batch, ids));
    }

    @Override
    public void close() {
      Streams.close(samples);
    }
  }
}
