package io.arclight.tensor;

/** Whether a triangular matrix's diagonal is read or is ones. */
public enum Diagonal {
  READ,
  ONES
}
