package io.arclight.data;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.lang.ref.Cleaner;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.OptionalLong;

/**
 * One pass over a dataset. Each step has a memory scope and keys of randomness of its own, which
 * end when the next begins. Leave a loop early with the epoch in try-with-resources; one that is
 * just left keeps its last step open until the garbage collector finds it, and is warned of.
 *
 * @param <B> a batch
 */
public final class Epoch<B> implements Iterable<B>, AutoCloseable {
  /** Ends the workers of epochs that were left without being closed. */
  private static final Cleaner CLEANER = Cleaner.create();

  /** What outlives an epoch that nobody closed. */
  private static final class Remains implements Runnable {
    private final BatchFeed<?> feed;
    private volatile Step step;

    Remains(BatchFeed<?> feed) {
      this.feed = feed;
    }

    @Override
    public void run() {
      feed.close();
      Step open = step;
      // The cleaner's thread may refer to this for long.
      step = null;
      if (open != null) {
        open.lose(
            "a loop over an Epoch was left early without closing the epoch: put it in"
                + " try-with-resources, try (var epoch = loader.epoch(0)) { for (var batch : epoch)"
                + " ... }");
      }
    }
  }

  private final BatchFeed<B> feed;
  private final OptionalLong steps;
  private final long seed;
  private final long firstStep;
  private final Cleaner.Cleanable cleaning;
  private boolean started;
  private boolean ended;
  private final Remains remains;

  Epoch(BatchFeed<B> feed, OptionalLong steps, long seed, long firstStep) {
    this.feed = feed;
    this.steps = steps;
    this.seed = seed;
    this.firstStep = firstStep;
    remains = new Remains(feed);
    cleaning = CLEANER.register(this, remains);
  }

  /**
   * Number of batches.
   *
   * @throws UnsupportedOperationException for a stream, which does not know
   */
  public long steps() {
    return DataLoader.known(steps);
  }

  @Override
  public Iterator<B> iterator() {
    if (started) {
      throw new IllegalStateException(
          "an epoch can be run through once; ask the loader for another");
    }
    started = true;
    return new Steps();
  }

  private final class Steps implements Iterator<B> {
    private long count;
    private B next;
    private boolean prepared;

    @Override
    public boolean hasNext() {
      if (!prepared && !ended) {
        endStep();
        prepare();
      }
      return prepared;
    }

    private void prepare() {
      Step step = Step.open();
      remains.step = step;
      boolean good = false;
      try {
        BatchFeed.Made<B> made = feed.next();
        good = made != null;
        if (good) {
          step.take(made.memory());
          next = made.batch();
          step.randomness(seed, firstStep + made.number(), ids(made));
          prepared = true;
          count++;
        }
      } finally {
        if (!good) {
          close();
        }
      }
    }

    @Override
    public B next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch has " + count + " batches");
      }
      prepared = false;
      B out = next;
      next = null;
      return out;
    }
  }

  private Tensor ids(BatchFeed.Made<B> made) {
    return made.batch() instanceof Batch batch
        ? batch.sampleIds()
        : Tensor.of(made.ids(), Shape.of(made.ids().length));
  }

  private void endStep() {
    Step step = remains.step;
    if (step != null) {
      remains.step = null;
      step.close();
    }
  }

  /** Ends the step that is under way, and the workers; harmless when all have ended. */
  @Override
  public void close() {
    endStep();
    if (!ended) {
      ended = true;
      cleaning.clean();
    }
  }
}
