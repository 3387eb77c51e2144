package io.arclight.spark.feed;

/**
 * How a global batch is split over the lanes.
 *
 * <p>A pure function of what the lanes have, so every rank computes the same split and the split
 * does not depend on the number of ranks.
 */
public final class GlobalBatchPlan {
  private GlobalBatchPlan() {}

  /**
   * Rows that each lane gives to the next global batch.
   *
   * <p>All lanes give the same number, those with less give all they have, and the remainder goes
   * one row each to the first lanes that have more.
   *
   * @param available rows that each lane could give, at most {@code globalBatch} need be counted
   * @param globalBatch rows wanted in all
   * @return rows by lane; their sum is the smaller of {@code globalBatch} and all that there is
   */
  public static int[] rows(long[] available, int globalBatch) {
    int low = 0;
    int high = globalBatch;
    while (low < high) {
      int middle = (int) (((long) low + high + 1) >>> 1);
      if (sum(available, middle) <= globalBatch) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    long rest = globalBatch - sum(available, low);
    int[] rows = new int[available.length];
    for (int lane = 0; lane < rows.length; lane++) {
      rows[lane] = (int) Math.min(available[lane], low);
      if (rest > 0 && available[lane] > low) {
        rows[lane]++;
        rest--;
      }
    }
    return rows;
  }

  /** As {@link #rows(long[], int)}; none for a last batch that is dropped. */
  static int[] rows(long[] available, FeedOptions options) {
    boolean dropped =
        options.last() == LastBatch.DROPPED
            && sum(available, options.globalBatch()) < options.globalBatch();
    return dropped ? new int[available.length] : rows(available, options.globalBatch());
  }

  private static long sum(long[] available, int level) {
    long sum = 0;
    for (long a : available) {
      if (a < 0) {
        throw new IllegalArgumentException("a lane cannot have " + a + " rows");
      }
      sum += Math.min(a, level);
    }
    return sum;
  }
}
