package io.arclight.tensor;

/** What becomes of an element that a scatter or an index assignment writes to. */
public enum Combine {
  /** The written value takes its place; of several for one element the last in index order. */
  REPLACE,
  SUM,
  PROD,
  /** Of all values and, where it takes part, the element itself; integers round down. */
  MEAN,
  AMAX,
  AMIN;

  /** Whether the elements that are written to take part themselves. */
  public enum Self {
    INCLUDED,
    EXCLUDED
  }
}
