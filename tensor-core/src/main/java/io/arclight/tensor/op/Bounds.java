package io.arclight.tensor.op;

/** Which indices an operation takes for a dimension of size n. */
public enum Bounds {
  /** From -n to n - 1; negative ones count from the end. */
  WRAP,
  /** From 0 to n - 1. */
  STRICT
}
