package io.arclight.spark.feed;

/** How the order of samples changes from epoch to epoch. */
public enum Shuffle {
  /** Splits go to lanes in their order, rows stay in theirs. */
  NONE,
  /** Splits go to lanes by a permutation, and each lane permutes windows of its rows. */
  WINDOW,
  /**
   * From the second epoch on, or from the first when the input is materialized: one uniform
   * permutation of all rows. Each rank keeps the rows that it reads in the first epoch, as they are
   * then, in Spark's local folders, which must have room for them. The first epoch is as with
   * {@link #WINDOW} otherwise.
   */
  GLOBAL
}
