package io.arclight.tensor;

/** How much of the Q of [..., m, n] is made. */
public enum QrMode {
  /** min(m, n) columns. */
  REDUCED,
  /** All m. */
  COMPLETE,
  /** None: Q is empty. */
  R
}
