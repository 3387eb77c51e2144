package io.arclight.spark.feed;

import io.arclight.tensor.Device;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A rank's share of the global batches, assembled one batch ahead on a thread of its own.
 *
 * <p>Every call of {@link #next()} starts one exchange, on the calling thread; so all ranks must
 * call it equally often. Used by one thread. Closes itself when the task ends.
 */
public final class RankFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RankFeed.class);
  private static final int PATIENCE_SECONDS = 10;

  private final SplitSource source;
  private final AvailabilityExchange exchange;
  private final FeedMemory memory;
  private final LaneSet lanes;
  private final ExecutorService reader;
  private final AtomicBoolean closed = new AtomicBoolean();
  private Future<long[]> first;
  private Future<Step> pending;

  private RankFeed(SplitSource source, Device device, AvailabilityExchange exchange) {
    this.source = source;
    this.exchange = exchange;
    String name = "arclight-feed-" + source.rank();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    memory = new FeedMemory(name, source.fields());
    lanes = new LaneSet(source, memory, device);
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
    RankFeed feed = new RankFeed(source, device, exchange);
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
    if (pending == null) {
      if (first == null) {
        throw new IllegalStateException("call start or resume before next, once for each epoch");
      }
      long[] local = await(first);
      first = null;
      prepare(local);
    }
    Step step = await(pending);
    pending = null;
    if (step.batch().globalRows() == 0) {
      step.batch().close();
      return Optional.empty();
    }
    prepare(step.availability());
    return Optional.of(step.batch());
  }

  /**
   * Stops reading and frees everything but the batches that were given out.
   *
   * <p>Waits for the batch under way, because an exchange must not be broken off on one rank.
   */
  @Override
  public void close() {
    if (!closed.get() && pending != null) {
      try {
        pending.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        LOG.debug("A batch that nobody waits for failed", e);
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
    if (pending != null && pending.isDone() && !pending.isCancelled()) {
      discard(pending);
    }
    lanes.close();
    memory.close();
  }

  private void begin(Runnable position) {
    if (pending != null) {
      await(pending).batch().close();
      pending = null;
    }
    first =
        submit(
            () -> {
              position.run();
              return lanes.availability();
            });
  }

  private void prepare(long[] local) {
    Supplier<long[]> sum = exchange.start(local);
    pending =
        submit(
            () -> {
              RankBatch batch = lanes.take(sum.get());
              try {
                return new Step(batch, lanes.availability());
              } catch (RuntimeException | Error e) {
                batch.close();
                throw e;
              }
            });
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
