package io.arclight.spark.feed;

/** What becomes of the last global batch of an epoch when it has fewer rows than the others. */
public enum LastBatch {
  /** It is given as it is. */
  KEPT,
  /** Its rows are left out of the epoch; with shuffling they are others in each. */
  DROPPED
}
