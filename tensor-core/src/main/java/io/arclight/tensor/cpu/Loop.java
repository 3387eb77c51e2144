package io.arclight.tensor.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** One parallel loop: deals chunks out and lets the caller wait for the workers that joined. */
final class Loop {
  private final long n;
  private final long chunk;
  private final Workers.RangeBody body;
  private final Thread caller = Thread.currentThread();
  private final AtomicLong next = new AtomicLong();
  private final AtomicInteger joined = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  Loop(long n, long chunk, Workers.RangeBody body) {
    this.n = n;
    this.chunk = chunk;
    this.body = body;
  }

  /** Runs chunks until none is left; keeps the first failure. */
  void work() {
    try {
      for (long begin = next.getAndAdd(chunk); begin < n; begin = next.getAndAdd(chunk)) {
        body.run(begin, Math.min(n, begin + chunk));
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
      next.set(n);
    }
  }

  void expect() {
    joined.incrementAndGet();
  }

  void leave() {
    if (joined.decrementAndGet() == 0 && Thread.currentThread() != caller) {
      LockSupport.unpark(caller);
    }
  }

  /** Waits for the workers, then throws what any thread threw. */
  void await() {
    boolean interrupted = false;
    long spinUntil = System.nanoTime() + Worker.SPIN_NANOS;
    while (joined.get() > 0) {
      if (System.nanoTime() - spinUntil < 0) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      caller.interrupt();
    }
    Throwable thrown = failure.get();
    if (thrown instanceof Error) {
      throw (Error) thrown;
    }
    if (thrown != null) {
      throw (RuntimeException) thrown;
    }
  }
}
