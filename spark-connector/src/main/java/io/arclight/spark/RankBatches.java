package io.arclight.spark;

import io.arclight.data.Batch;
import io.arclight.data.Step;
import io.arclight.spark.feed.AvailabilityExchange;
import io.arclight.spark.feed.RankBatch;
import io.arclight.spark.feed.RankFeed;
import io.arclight.spark.feed.SplitSource;
import io.arclight.spark.launch.RankContext;
import io.arclight.tensor.Device;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A rank's share of the global batches. Every rank gets equally many, some perhaps without rows.
 * Tensors of a step belong to it: they are given back when the next batch is asked for, except
 * parameters, gradients and what says {@code keep()}.
 */
public final class RankBatches implements AutoCloseable {
  private final RankFeed feed;
  private final long seed;
  private long step;
  private Steps running;

  private RankBatches(RankFeed feed, long seed) {
    this.feed = feed;
    this.seed = seed;
  }

  static RankBatches open(SplitSource source, RankContext rank, Device device) {
    AvailabilityExchange exchange = AvailabilityExchange.over(rank.communicator());
    return new RankBatches(RankFeed.open(source, device, exchange), source.options().seed());
  }

  /** The batches of epoch {@code number}, from 0; to be read to its end on all ranks. */
  public Iterable<Batch> epoch(int number) {
    return () -> {
      endStep();
      feed.start(number);
      running = new Steps();
      return running;
    };
  }

  private void endStep() {
    if (running != null) {
      running.end();
      running = null;
    }
  }

  @Override
  public void close() {
    endStep();
    feed.close();
  }

  private final class Steps implements Iterator<Batch> {
    private Optional<RankBatch> next;
    private RankBatch current;
    private Step surroundings;

    @Override
    public boolean hasNext() {
      if (next == null) {
        end();
        next = feed.next();
      }
      return next.isPresent();
    }

    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      current = next.get();
      next = null;
      surroundings = Step.open().randomness(seed, step++, current.batch().sampleIds());
      return current.batch();
    }

    private void end() {
      if (current != null) {
        surroundings.close();
        current.close();
        current = null;
      }
    }
  }
}
