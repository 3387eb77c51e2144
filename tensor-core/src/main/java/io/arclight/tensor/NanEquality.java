package io.arclight.tensor;

/** Whether a comparison takes NaN for equal to NaN. */
public enum NanEquality {
  DIFFERENT,
  EQUAL
}
