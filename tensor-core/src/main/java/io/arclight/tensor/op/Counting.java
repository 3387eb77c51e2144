package io.arclight.tensor.op;

/** What an average divides by. */
public enum Counting {
  /** The elements of the window, padding among them. */
  INCLUDE_PADDING,
  /** The elements of the input in the window. */
  EXCLUDE_PADDING
}
