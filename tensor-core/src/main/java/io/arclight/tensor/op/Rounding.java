package io.arclight.tensor.op;

/** What becomes of a last window that the input fills in part. */
public enum Rounding {
  /** There is none. */
  FLOOR,
  /** It is there, if it begins in the input or in the padding before it. */
  CEIL
}
