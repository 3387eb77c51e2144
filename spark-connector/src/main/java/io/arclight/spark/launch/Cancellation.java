package io.arclight.spark.launch;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether the caller of a run wants it to end. */
final class Cancellation {
  private final CountDownLatch cancelled = new CountDownLatch(1);

  void cancel() {
    cancelled.countDown();
  }

  boolean isCancelled() {
    return cancelled.getCount() == 0;
  }

  /** Waits, but not beyond the cancellation. */
  void sleep(Duration duration) throws InterruptedException {
    if (cancelled.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new RunCancelledException("The run was cancelled by its caller", null);
    }
  }
}
