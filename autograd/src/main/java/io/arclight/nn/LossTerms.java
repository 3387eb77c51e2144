package io.arclight.nn;

/** Which terms of a likelihood a loss has. */
public enum LossTerms {
  /** Those that predictions change. */
  SHORT,
  /** All, also those of the target alone. */
  FULL
}
