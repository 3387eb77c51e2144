package io.arclight.tensor;

/** Which values come first; NaN counts as greater than all. */
public enum Order {
  ASCENDING,
  DESCENDING
}
