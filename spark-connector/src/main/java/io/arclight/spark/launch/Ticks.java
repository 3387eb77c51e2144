package io.arclight.spark.launch;

import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A daemon thread for what has to be done again and again. */
final class Ticks {
  private static final Logger LOG = LoggerFactory.getLogger(Ticks.class);

  private Ticks() {}

  static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        body -> {
          Thread thread = new Thread(body, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Runs {@code tick} every so many milliseconds until the thread is shut down. One that throws is
   * logged and the next comes all the same, where the executor would end them without a word.
   */
  static void every(ScheduledExecutorService thread, long millis, Runnable tick) {
    Runnable guarded =
        () -> {
          try {
            tick.run();
          } catch (RuntimeException | Error e) {
            LOG.error("A periodic check of {} failed; it goes on", Thread.currentThread(), e);
          }
        };
    Future<?> unused =
        thread.scheduleWithFixedDelay(guarded, millis, millis, TimeUnit.MILLISECONDS);
  }
}
