package io.arclight.data;

import java.time.Duration;

/**
 * How workers make batches.
 *
 * @param prefetchFactor batches made ahead for each worker
 * @param timeout for one batch; zero waits without end
 * @param anyOrder whether a batch is given as soon as it is made
 */
record WorkerSettings(int workers, int prefetchFactor, Duration timeout, boolean anyOrder) {
  int window() {
    return workers * prefetchFactor;
  }

  long deadline() {
    return timeout.isZero() ? Long.MAX_VALUE : System.nanoTime() + timeout.toNanos();
  }
}
