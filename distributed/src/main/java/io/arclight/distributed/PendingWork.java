package io.arclight.distributed;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The state of one operation, completed by whoever runs it. */
final class PendingWork implements Work {
  private final int rank;
  private final Request request;
  private final FlightRecord record;
  private final FlightRecord.Flight flight;
  private final Consumer<Failure> abort;
  private final Duration limit;
  private final CountDownLatch done = new CountDownLatch(1);
  private Runnable whenDone = () -> {};
  private volatile Failure failure;
  private volatile String flightText;

  /**
   * @param abort fails the communicator and with it this work
   * @param limit how long {@link #await} waits, null if the runner of the work keeps the time
   */
  PendingWork(
      int rank, Request request, FlightRecord record, Consumer<Failure> abort, Duration limit) {
    this.rank = rank;
    this.request = request;
    this.record = record;
    this.flight = record.issued(request);
    this.abort = abort;
    this.limit = limit;
  }

  Request request() {
    return request;
  }

  void started() {
    flight.started();
  }

  /** Runs {@code action} when nobody touches the operation's memory any more. */
  void whenDone(Runnable action) {
    synchronized (done) {
      if (!isDone()) {
        whenDone = action;
        return;
      }
    }
    action.run();
  }

  void complete() {
    flight.finished(FlightRecord.State.COMPLETED);
    finish();
  }

  private void finish() {
    Runnable action;
    synchronized (done) {
      action = whenDone;
      done.countDown();
    }
    action.run();
  }

  void fail(Failure cause) {
    flight.finished(FlightRecord.State.FAILED);
    flightText = record.dump();
    failure = cause;
    finish();
  }

  @Override
  public boolean isDone() {
    return done.getCount() == 0;
  }

  @Override
  public void await() {
    try {
      if (limit == null) {
        done.await();
      } else if (!done.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        abortAndWait(
            Failure.Reason.TIMEOUT, "not complete after " + limit + ": a rank has not joined");
      }
    } catch (InterruptedException e) {
      abortAndWait(Failure.Reason.CLOSED, "the thread waiting for it was interrupted");
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure.exception(rank, request, flightText);
    }
  }

  /** Returns only when nobody touches the operation's memory any more. */
  private void abortAndWait(Failure.Reason reason, String detail) {
    abort.accept(new Failure(reason, Request.NO_PEER, rank, detail));
    boolean interrupted = false;
    while (true) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
