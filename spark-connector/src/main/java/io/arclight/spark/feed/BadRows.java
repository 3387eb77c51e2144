package io.arclight.spark.feed;

/** What happens to rows with a null or NaN in a column that is fed. */
public enum BadRows {
  /** The run ends with an error that counts them. */
  FAIL,
  /** They are left out. */
  SKIP
}
