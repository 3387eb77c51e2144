package io.arclight.nn;

/** How much a convolution pads where that is not given in numbers. */
public enum Padding {
  /** So much that a stride of 1 keeps the sizes; an odd element goes behind the last. */
  SAME,
  /** Not at all. */
  VALID
}
