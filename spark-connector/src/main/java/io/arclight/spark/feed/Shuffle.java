package io.arclight.spark.feed;

/** How the order of samples changes from epoch to epoch. */
public enum Shuffle {
  /** Splits go to lanes in their order, rows stay in theirs. */
  NONE,
  /** Splits go to lanes by a permutation, and each lane permutes windows of its rows. */
  WINDOW
}
