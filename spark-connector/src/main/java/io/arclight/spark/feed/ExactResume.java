package io.arclight.spark.feed;

/** Whether a run must be able to go on from any checkpoint as if it had never stopped. */
public enum ExactResume {
  /**
   * Any input trains. One that is not repeatable goes on exactly at the ends of epochs only; in the
   * middle of an epoch the rest of it may have other rows.
   */
  WHERE_POSSIBLE,
  /** Input that may give other rows the next time is refused before anything starts. */
  REQUIRED
}
