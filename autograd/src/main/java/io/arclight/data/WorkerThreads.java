package io.arclight.data;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The threads of a loader: for one epoch, or for all. */
final class WorkerThreads {
  private final int workers;
  private final boolean persistent;
  private final ExecutorService threads;

  @SuppressWarnings("ThreadLocalUsage") // Only of these threads, which end with it.
  private final ThreadLocal<Throwable> startFailure = new ThreadLocal<>();

  WorkerThreads(int workers, Consumer<WorkerInfo> init, boolean persistent) {
    this.workers = workers;
    this.persistent = persistent;
    AtomicInteger ids = new AtomicInteger();
    threads =
        Executors.newFixedThreadPool(
            workers,
            body -> {
              WorkerInfo info = new WorkerInfo(ids.getAndIncrement(), workers);
              Thread thread =
                  new Thread(() -> start(info, init, body), "arclight-data-" + info.id());
              thread.setDaemon(true);
              return thread;
            });
  }

  private void start(WorkerInfo info, Consumer<WorkerInfo> init, Runnable body) {
    WorkerInfo.current(info);
    try {
      init.accept(info);
    } catch (Throwable e) {
      startFailure.set(e);
    }
    body.run();
  }

  /** Runs {@code loop} on every thread, with what its start failed with or null. */
  void run(Consumer<Throwable> loop) {
    for (int i = 0; i < workers; i++) {
      threads.execute(() -> loop.accept(startFailure.get()));
    }
  }

  /** The epoch that used them has ended. */
  void release() {
    if (!persistent) {
      close();
    }
  }

  /** Ends the threads; one that still works is interrupted. */
  void close() {
    threads.shutdownNow();
  }
}
