package io.arclight.spark.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TicksTest {
  /** An executor by itself drops what once threw: a watch would be over and nobody know. */
  @Test
  void aTickThatThrowsIsNotTheLast() throws InterruptedException {
    CountDownLatch ticks = new CountDownLatch(3);
    ScheduledExecutorService thread = Ticks.thread("arclight-ticks-test");
    try {
      Ticks.every(
          thread,
          1,
          () -> {
            ticks.countDown();
            throw new IllegalStateException("tick " + ticks.getCount());
          });
      assertThat(ticks.await(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      thread.shutdownNow();
    }
  }
}
