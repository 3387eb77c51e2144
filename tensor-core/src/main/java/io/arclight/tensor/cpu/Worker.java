package io.arclight.tensor.cpu;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** A thread of the pool: takes the loop offered to it, spins a little for the next, then parks. */
final class Worker implements Runnable {
  static final long SPIN_NANOS = 20_000;

  private final AtomicReference<Loop> offered = new AtomicReference<>();
  private volatile boolean parked;
  private Thread thread;

  void start(Thread newThread) {
    thread = newThread;
    newThread.start();
  }

  void offer(Loop loop) {
    offered.set(loop);
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  /** Takes an offer back that the worker has not begun. */
  boolean withdraw(Loop loop) {
    return offered.compareAndSet(loop, null);
  }

  @Override
  public void run() {
    Workers.enterWorker();
    while (true) {
      Loop loop = await();
      loop.work();
      Workers.idle(this);
      loop.leave();
    }
  }

  private Loop await() {
    long spinUntil = System.nanoTime() + SPIN_NANOS;
    while (true) {
      Loop loop = offered.get();
      if (loop != null && offered.compareAndSet(loop, null)) {
        return loop;
      }
      if (System.nanoTime() - spinUntil < 0) {
        Thread.onSpinWait();
      } else {
        parked = true;
        if (offered.get() == null) {
          LockSupport.park(this);
        }
        parked = false;
      }
    }
  }
}
