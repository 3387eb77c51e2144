package io.arclight.data;

import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.Iterator;
import java.util.TreeMap;

/**
 * Batches made ahead by worker threads. They draw tasks one at a time and make them side by side;
 * at most {@code window} are begun and not yet asked for. Errors are given where their batch would
 * be.
 */
final class WorkerFeed<B> implements BatchFeed<B> {
  /** How long workers may take to leave a feed that is closed. */
  private static final long LEAVE_NANOS = 10_000_000_000L;

  private static final int SHOWN_IDS = 8;

  /** One of both is null. */
  private record Result<B>(Made<B> made, RuntimeException failure) {}

  private final Iterator<BatchTask<B>> tasks;
  private final WorkerSettings settings;
  private final WorkerThreads threads;
  private final long seed;
  private final int epoch;

  /** Held while drawing, which may take long; taken before this feed's own lock. */
  private final Object drawing = new Object();

  private final TreeMap<Long, Result<B>> results = new TreeMap<>();
  private long begun;
  private long taken;
  private int working;
  private boolean exhausted;
  private boolean closed;
  private RuntimeException failure;

  WorkerFeed(
      Iterator<BatchTask<B>> tasks,
      WorkerSettings settings,
      WorkerThreads threads,
      long seed,
      int epoch) {
    this.tasks = tasks;
    this.settings = settings;
    this.threads = threads;
    this.seed = seed;
    this.epoch = epoch;
    working = settings.workers();
    threads.run(this::work);
  }

  // ---- on workers

  /** Until the tasks end or the feed is closed. */
  private void work(Throwable startFailure) {
    try {
      if (startFailure != null) {
        end(new DataLoaderException("workerInit failed: " + startFailure, startFailure));
      }
      while (makeOne()) {}
    } catch (Throwable e) {
      end(new DataLoaderException("a worker of the DataLoader failed: " + e, e));
    } finally {
      leave();
    }
  }

  private boolean makeOne() throws InterruptedException {
    // Opened before the task is drawn: samples of a stream are made while drawing.
    try (Scope scope = Scope.open()) {
      BatchTask<B> task = null;
      RuntimeException problem = null;
      long number;
      synchronized (drawing) {
        if (!awaitRoom()) {
          return false;
        }
        try {
          task = tasks.hasNext() ? tasks.next() : null;
        } catch (Throwable e) {
          problem = e instanceof SampleException s ? s : failure("batches cannot be drawn", e);
        }
        number = begin(task != null || problem != null);
      }
      if (number < 0) {
        return false;
      }
      publish(number, problem == null ? make(task, number, scope) : new Result<>(null, problem));
      return true;
    }
  }

  private Result<B> make(BatchTask<B> task, long number, Scope scope) {
    try {
      B batch = task.make(seed, epoch, number);
      Scope.Owner memory = scope.give(action -> Held.forEachStorage(batch, action));
      return new Result<>(new Made<>(batch, number, task.ids(), memory), null);
    } catch (SampleException e) {
      return new Result<>(null, e);
    } catch (Throwable e) {
      String ids =
          Arrays.toString(Arrays.copyOf(task.ids(), Math.min(SHOWN_IDS, task.ids().length)));
      String more = task.ids().length > SHOWN_IDS ? " and more" : "";
      return new Result<>(null, failure("batch " + number + " of samples " + ids + more, e));
    }
  }

  private static DataLoaderException failure(String what, Throwable cause) {
    return new DataLoaderException(what + ": " + cause, cause);
  }

  private synchronized boolean awaitRoom() throws InterruptedException {
    while (!closed && !exhausted && begun - taken >= settings.window()) {
      wait();
    }
    return !closed && !exhausted;
  }

  /** The number of a batch that was drawn, -1 where the tasks have ended. */
  private synchronized long begin(boolean drawn) {
    exhausted |= !drawn;
    notifyAll();
    return drawn ? begun++ : -1;
  }

  private synchronized void publish(long number, Result<B> result) {
    if (closed && result.made != null) {
      result.made.free();
    } else {
      results.put(number, result);
      exhausted |= result.failure != null;
    }
    notifyAll();
  }

  private synchronized void end(RuntimeException e) {
    failure = failure == null ? e : failure;
    exhausted = true;
    notifyAll();
  }

  private void leave() {
    boolean last;
    synchronized (this) {
      last = working == 1;
    }
    try {
      if (last) {
        Streams.close(tasks);
      }
    } catch (RuntimeException e) {
      end(e);
    }
    synchronized (this) {
      working--;
      notifyAll();
    }
  }

  // ---- on the thread that asks

  @Override
  public synchronized Made<B> next() {
    long deadline = settings.deadline();
    while (true) {
      Result<B> result = takeResult();
      if (result != null) {
        taken++;
        notifyAll();
        if (result.failure != null) {
          throw result.failure;
        }
        return result.made;
      }
      if (failure != null) {
        throw failure;
      }
      if (exhausted && begun == taken && working == 0) {
        return null;
      }
      awaitUntil(deadline);
    }
  }

  private Result<B> takeResult() {
    if (results.isEmpty() || !settings.anyOrder() && results.firstKey() != taken) {
      return null;
    }
    return results.pollFirstEntry().getValue();
  }

  @SuppressWarnings("WaitNotInLoop") // Callers look again.
  private void awaitUntil(long deadline) {
    long left = deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - System.nanoTime();
    if (left <= 0) {
      throw new DataLoaderException(
          "no batch within "
              + settings.timeout()
              + ": batch "
              + taken
              + " of epoch "
              + epoch
              + " is not made yet; samples take longer, or a worker hangs",
          null);
    }
    try {
      wait(deadline == Long.MAX_VALUE ? 0 : left / 1_000_000 + 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataLoaderException("interrupted while waiting for batch " + taken, e);
    }
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Frees what was made; workers leave after the batch that they are at. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      results.values().stream().filter(r -> r.made != null).forEach(r -> r.made.free());
      results.clear();
      notifyAll();
      awaitWorkers();
    }
    threads.release();
  }

  private void awaitWorkers() {
    long deadline = System.nanoTime() + LEAVE_NANOS;
    boolean interrupted = false;
    while (working > 0 && System.nanoTime() < deadline) {
      try {
        wait(100);
      } catch (InterruptedException e) {
        interrupted = true;
        deadline = Math.min(deadline, System.nanoTime());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
