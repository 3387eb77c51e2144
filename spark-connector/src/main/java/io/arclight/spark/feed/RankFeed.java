package io.arclight.spark.feed;

import io.arclight.tensor.Device;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A rank's share of the global batches, assembled ahead on a thread of its own.
 *
 * <p>Every call of {@link #next()} starts one exchange, on the calling thread; so all ranks must
 * call it equally often. A loop that sums numbers over the ranks in every step anyway spares the
 * exchange: it opens the feed by {@link #openAhead}, sums what {@link #offer} gives along with its
 * own numbers, and hands the sum to {@link #plan}, once a batch. Used by one thread. Closes itself
 * when the task ends.
 */
public final class RankFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RankFeed.class);
  private static final int PATIENCE_SECONDS = 10;
  private static final int ROUND_MILLIS = 1000;

  private final SplitSource source;
  private final AvailabilityExchange exchange;
  private final FeedMemory memory;
  private final RankRows lanes;
  private final ExecutorService reader;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final boolean planned;

  /** Batches that were not given yet, the last perhaps under way. */
  private final Deque<Future<Step>> ahead = new ArrayDeque<>();

  private Future<long[]> first;

  private RankFeed(
      SplitSource source, Device device, AvailabilityExchange exchange, boolean planned) {
    this.source = source;
    this.exchange = exchange;
    this.planned = planned;
    String name = "arclight-feed-" + source.rank();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    memory = new FeedMemory(name, source.fields());
    lanes =
        isGlobal()
            ? new GlobalRows(source, memory, device)
            : new LaneSet(source, memory, device, source.spool().orElse(null));
    reader =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              thread.setContextClassLoader(loader);
              return thread;
            });
  }

  /**
   * Opens the feed in the task that {@code source} came from; {@link #start} comes next.
   *
   * @param device where the batches' tensors are
   */
  public static RankFeed open(SplitSource source, Device device, AvailabilityExchange exchange) {
    return open(source, new RankFeed(source, device, exchange, false));
  }

  /**
   * Opens the feed for a loop that calls {@link #offer} and {@link #plan} for every batch; {@code
   * exchange} sums for the first two of an epoch.
   */
  public static RankFeed openAhead(
      SplitSource source, Device device, AvailabilityExchange exchange) {
    return open(source, new RankFeed(source, device, exchange, true));
  }

  private static RankFeed open(SplitSource source, RankFeed feed) {
    source.task().addTaskCompletionListener((TaskContext task) -> feed.abort());
    return feed;
  }

  /** Indices of this rank's lanes. */
  public int[] lanes() {
    return lanes.indices();
  }

  /** Begins epoch {@code epoch} from its first row. */
  public void start(int epoch) {
    begin(() -> lanes.start(epoch));
  }

  /** Goes on in the middle of an epoch; {@code states} are those of the lanes of all ranks. */
  public void resume(Collection<LaneState> states) {
    begin(() -> lanes.resume(states));
  }

  /**
   * The next share, which the caller closes; empty at the end of the epoch, for all ranks at once.
   *
   * @throws FeedException when the data does not fit
   * @throws org.apache.spark.TaskKilledException when Spark has asked the task to end
   */
  public Optional<RankBatch> next() {
    source.task().killTaskIfInterrupted();
    if (first != null) {
      if (isGlobal()) {
        awaitAllRanks();
      }
      long[] local = await(first);
      first = null;
      prepare(exchange.start(local));
      if (planned) {
        prepare(exchange.start(offer()));
      }
    }
    if (ahead.isEmpty()) {
      throw new IllegalStateException("call start or resume before next, once for each epoch");
    }
    Step step = removeFirst();
    if (step.batch().globalRows() == 0) {
      step.batch().close();
      return Optional.empty();
    }
    if (!planned) {
      prepare(exchange.start(step.availability()));
    }
    return Optional.of(step.batch());
  }

  /**
   * Rows by lane that this rank could give after the batches that were planned, 0 for other ranks'
   * lanes; waits until they are assembled.
   */
  public long[] offer() {
    return await(ahead.getLast()).availability();
  }

  /** Begins to assemble the batch after those, given the sum of all ranks' offers. */
  public void plan(long[] offers) {
    prepare(() -> offers);
  }

  /**
   * Stops reading and frees everything but the batches that were given out.
   *
   * <p>Waits for the batches under way, because an exchange must not be broken off on one rank.
   */
  @Override
  public void close() {
    if (!closed.get()) {
      for (Future<Step> step : ahead) {
        try {
          step.get();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
          LOG.debug("A batch that nobody waits for failed", e);
        }
      }
    }
    abort();
  }

  /** Stops reading at once. */
  private void abort() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    reader.shutdownNow();
    awaitEnd();
    for (Future<Step> step : ahead) {
      if (step.isDone() && !step.isCancelled()) {
        discard(step);
      }
    }
    lanes.close();
    memory.close();
  }

  private boolean isGlobal() {
    return source.options().shuffle() == Shuffle.GLOBAL;
  }

  /**
   * Waits until all ranks have read what an epoch needs. They meet often meanwhile, because one
   * that waited for another in a collective would give it up.
   */
  private void awaitAllRanks() {
    long[] ready = {0};
    while (ready[0] < source.ranks()) {
      source.task().killTaskIfInterrupted();
      ready = exchange.start(new long[] {isReady() ? 1 : 0}).get();
    }
  }

  /** Whether the first offers are there, or have failed; waits for them a little. */
  private boolean isReady() {
    try {
      first.get(ROUND_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      source.task().killTaskIfInterrupted();
      throw new CancellationException("interrupted while waiting for rows");
    }
  }

  private void begin(Runnable position) {
    while (!ahead.isEmpty()) {
      removeFirst().batch().close();
    }
    first =
        submit(
            () -> {
              position.run();
              return lanes.availability();
            });
  }

  /** What cannot be waited for stays, for {@link #abort} to free. */
  private Step removeFirst() {
    Step step = await(ahead.element());
    ahead.remove();
    return step;
  }

  private void prepare(Supplier<long[]> offers) {
    ahead.add(
        submit(
            () -> {
              RankBatch batch = lanes.take(offers.get());
              long[] availability = null;
              try {
                availability = lanes.availability();
                return new Step(batch, availability);
              } finally {
                if (availability == null) {
                  batch.close();
                }
              }
            }));
  }

  private <T> Future<T> submit(Callable<T> task) {
    if (closed.get()) {
      throw new IllegalStateException("the feed is closed");
    }
    return reader.submit(task);
  }

  private <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      source.task().killTaskIfInterrupted();
      throw new CancellationException("interrupted while waiting for a batch");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException("reading failed: " + e.getCause(), e.getCause());
    }
  }

  /** Nothing may be freed while the thread still copies, so this waits as long as it takes. */
  private void awaitEnd() {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = reader.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
          LOG.warn("Still waiting for the feed of rank {} to stop reading", source.rank());
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void discard(Future<Step> done) {
    try {
      done.get().batch().close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      LOG.debug("A batch that nobody waits for failed", e);
    }
  }

  private record Step(RankBatch batch, long[] availability) {}
}
