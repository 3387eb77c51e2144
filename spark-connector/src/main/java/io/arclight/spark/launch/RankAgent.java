package io.arclight.spark.launch;

import io.arclight.spark.internal.DriverAddress.GoneException;
import io.arclight.spark.launch.Message.Ended;
import io.arclight.spark.launch.Message.Failed;
import io.arclight.spark.launch.Message.Hello;
import io.arclight.spark.launch.Message.Orders;
import io.arclight.spark.launch.Message.Pulse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the driver that a rank lives and what it does, on a thread of its own: a rank that waits in
 * a collective is not silent, a stopped process is. When Spark has killed the task, or nobody waits
 * for it any more, it also sees to it that the rank leaves.
 */
final class RankAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RankAgent.class);
  private static final long PROGRESS_MILLIS = 500;
  private static final long FAREWELL_SECONDS = 5;

  private final int rank;
  private final DriverLine driver;
  private final TaskContext task;
  private final Thread taskThread = Thread.currentThread();
  private final AtomicReference<StepReport> newest = new AtomicReference<>();
  private final Queue<String> warnings = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService thread;
  private final AtomicBoolean failed = new AtomicBoolean();
  private volatile boolean stop;

  /**
   * The run is over for the driver, or its context has stopped, which in local mode ends no task.
   */
  private volatile boolean gone;

  private RankAgent(
      int rank, DriverLine driver, TaskContext task, ScheduledExecutorService thread) {
    this.rank = rank;
    this.driver = driver;
    this.task = task;
    this.thread = thread;
  }

  /** Begins on the thread of the task. */
  static RankAgent start(RunPlan plan, RankPlace place, TaskContext task) throws IOException {
    ScheduledExecutorService thread = Ticks.thread("arclight-rank-" + place.rank());
    RankAgent agent = new RankAgent(place.rank(), plan.driver(), task, thread);
    plan.driver().ask(new Hello(place));
    long millis = Math.min(PROGRESS_MILLIS, plan.timeouts().heartbeat().toMillis());
    Ticks.every(thread, millis, agent::tick);
    return agent;
  }

  void report(StepReport report) {
    newest.set(report);
  }

  void warn(String warning) {
    warnings.add(warning);
  }

  boolean stopRequested() {
    return stop;
  }

  /** Tells the driver why this rank ends, before its peers can see it go. */
  void failed(Throwable error) {
    if (!failed.compareAndSet(false, true)) {
      return;
    }

    RankError failure = RankError.of(rank, error);
    // A killed task is still marked as interrupted, which would end this last call too.
    boolean interrupted = Thread.interrupted();
    try {
      driver.ask(new Failed(failure));
    } catch (IOException e) {
      // A rank that was killed is not missed; what killed it is known.
      if (gone || failure.kind() == RankError.Kind.KILLED || task.isInterrupted()) {
        LOG.debug("Rank {} was killed", rank, error);
      } else {
        LOG.warn("Rank {} cannot report its failure: {}", rank, e.getMessage());
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Tells the driver that nothing of this rank runs any more. */
  @Override
  public void close() {
    if (thread.isShutdown()) {
      return;
    }

    thread.execute(this::pulse);
    thread.execute(() -> say(new Ended(rank)));
    thread.shutdown();
    if (!awaitFarewell()) {
      thread.shutdownNow();
    }
  }

  /** A rank whose farewell is lost would be taken for one that hangs, and its executor replaced. */
  private boolean awaitFarewell() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FAREWELL_SECONDS);
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return thread.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void tick() {
    // Spark interrupts once at most, which the rank may have missed.
    if (task.isInterrupted() || gone) {
      taskThread.interrupt();
    }
    pulse();
  }

  private void pulse() {
    ArrayList<String> told = new ArrayList<>(warnings);
    if (say(new Pulse(rank, newest.getAndSet(null), told)) instanceof Orders orders) {
      stop = orders.stop();
      // Kept until the driver has them: no later one stands for them, as with reports.
      warnings.removeAll(told);
    }
  }

  private Message say(Message message) {
    try {
      return driver.ask(message);
    } catch (GoneException e) {
      gone = true;
      return null;
    } catch (IOException e) {
      // The next pulse tries again; a driver that is gone ends the executor.
      LOG.debug("Rank {} cannot reach the driver: {}", rank, e.getMessage());
      return null;
    }
  }
}
