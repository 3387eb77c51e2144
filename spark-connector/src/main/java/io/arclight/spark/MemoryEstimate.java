package io.arclight.spark;

import io.arclight.spark.feed.FeedPlan;
import java.io.Serializable;
import java.util.Locale;

/**
 * Bytes that a rank takes beside the Java heap while it trains.
 *
 * @param weights parameters and buffers of the model
 * @param gradients gradients, and as much again to sum them over the ranks
 * @param optimizer what the optimizer remembers
 * @param batch what a batch takes at most, forward and backward
 * @param rows rows of that batch
 * @param queues rows that are shuffled and batches that wait
 */
record MemoryEstimate(
    long weights, long gradients, long optimizer, long batch, int rows, long queues)
    implements Serializable {
  private static final int MIB = 1 << 20;

  /** Batches that are there at once: one that trains, two that are assembled ahead. */
  private static final int BATCHES = 3;

  long total() {
    return weights + gradients + optimizer + batch + queues;
  }

  /** What reading {@code plan} takes on the rank that has most to do. */
  static long queues(FeedPlan plan, int ranks) {
    long rowBytes = Long.BYTES;
    for (var field : plan.fields()) {
      rowBytes += field.rowBytes();
    }
    long window = plan.options().window();
    // A lane reads on until it could fill a batch alone.
    long windows = (plan.options().globalBatch() + window - 1) / window + 1;
    long lanes = plan.mostLanes(ranks);
    return rowBytes * (lanes * windows * window + BATCHES * (long) plan.mostRows(ranks));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "weights %d MiB, gradients and their sums %d MiB, optimizer %d MiB, a batch of %d rows"
            + " %d MiB, queues of rows %d MiB",
        mebibytes(weights),
        mebibytes(gradients),
        mebibytes(optimizer),
        rows,
        mebibytes(batch),
        mebibytes(queues));
  }

  /** Rounded up. */
  static long mebibytes(long bytes) {
    return (bytes + MIB - 1) / MIB;
  }
}
