package io.arclight.distributed;

/** An operation that the ring's loop is carrying out. */
abstract class Activity {
  private final PendingWork work;
  private final long startedNanos = System.nanoTime();

  Activity(PendingWork work) {
    this.work = work;
    work.started();
  }

  PendingWork work() {
    return work;
  }

  Request request() {
    return work.request();
  }

  long startedNanos() {
    return startedNanos;
  }

  abstract boolean isDone();

  /** How far it has come, for error texts. */
  abstract String progress();
}
