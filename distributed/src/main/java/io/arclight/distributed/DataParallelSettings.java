package io.arclight.distributed;

import io.arclight.nn.Reduction;

/**
 * How data-parallel ranks join their gradients.
 *
 * @param loss MEAN if each rank's loss is the mean over its own samples, SUM if it is their sum;
 *     the joined gradient is the mean over the samples of all ranks either way
 * @param firstBucketBytes size of the bucket that is sent first
 * @param bucketBytes size of the others
 * @param checkEvery reductions from one comparison of all parameters to the next, 0 for never
 */
public record DataParallelSettings(
    Reduction loss, long firstBucketBytes, long bucketBytes, int checkEvery) {
  public DataParallelSettings {
    if (loss == Reduction.NONE) {
      throw new IllegalArgumentException("loss reduction NONE: gradients need MEAN or SUM");
    }
    if (firstBucketBytes < 1 || bucketBytes < 1 || checkEvery < 0) {
      throw new IllegalArgumentException(
          "buckets of "
              + firstBucketBytes
              + " and "
              + bucketBytes
              + " bytes, check every "
              + checkEvery
              + ": sizes must be positive, the interval 0 or more");
    }
  }

  /** A mean loss, buckets of 1 and then 25 MiB, parameters compared every 1000 reductions. */
  public static DataParallelSettings defaults() {
    return new DataParallelSettings(Reduction.MEAN, 1L << 20, 25L << 20, 1000);
  }

  /** For a loss that is the mean or the sum of its samples'. */
  public DataParallelSettings withLoss(Reduction reduction) {
    return new DataParallelSettings(reduction, firstBucketBytes, bucketBytes, checkEvery);
  }

  /** With buckets of gradients of these sizes, in bytes. */
  public DataParallelSettings withBucketBytes(long first, long others) {
    return new DataParallelSettings(loss, first, others, checkEvery);
  }

  /** Comparing the ranks' parameters after so many reductions; 0 for never. */
  public DataParallelSettings withCheckEvery(int reductions) {
    return new DataParallelSettings(loss, firstBucketBytes, bucketBytes, reductions);
  }
}
