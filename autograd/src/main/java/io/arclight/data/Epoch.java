package io.arclight.data;

import io.arclight.tensor.Context;
import io.arclight.tensor.SampleRandom;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * One pass over a dataset. Each step has a memory scope and keys of randomness of its own, which
 * end when the next begins; leave a loop early only with the epoch in try-with-resources.
 */
public final class Epoch implements Iterable<Batch>, AutoCloseable {
  private final Dataset dataset;
  private final long[] order;
  private final int batchSize;
  private final long steps;
  private final long seed;
  private final long firstStep;
  private boolean started;
  private Scope scope;
  private Context.Restore randomness;

  Epoch(Dataset dataset, long[] order, int batchSize, long steps, long seed, long firstStep) {
    this.dataset = dataset;
    this.order = order;
    this.batchSize = batchSize;
    this.steps = steps;
    this.seed = seed;
    this.firstStep = firstStep;
  }

  /** Number of batches. */
  public long steps() {
    return steps;
  }

  @Override
  public Iterator<Batch> iterator() {
    if (started) {
      throw new IllegalStateException(
          "an epoch can be run through once; ask the loader for another");
    }
    started = true;
    return new Iterator<>() {
      private long step;

      @Override
      public boolean hasNext() {
        if (step == steps) {
          close();
        }
        return step < steps;
      }

      @Override
      public Batch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the epoch has " + steps + " batches");
        }
        return begin(step++);
      }
    };
  }

  private Batch begin(long step) {
    close();
    scope = Scope.open();
    int from = Math.toIntExact(step * batchSize);
    int to = Math.min(order.length, from + batchSize);
    Batch batch = dataset.batch(Arrays.copyOfRange(order, from, to));
    randomness =
        Context.current().sampleRandom(new SampleRandom(seed, firstStep + step, batch.sampleIds()));
    return batch;
  }

  /** Ends the step that is under way; harmless otherwise. */
  @Override
  public void close() {
    if (randomness != null) {
      randomness.close();
      randomness = null;
    }
    if (scope != null) {
      scope.close();
      scope = null;
    }
  }
}
