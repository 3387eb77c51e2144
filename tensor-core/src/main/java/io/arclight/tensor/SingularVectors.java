package io.arclight.tensor;

/** Which singular vectors of [..., m, n] are made. */
public enum SingularVectors {
  /** min(m, n) on either side. */
  REDUCED,
  /** All m and all n. */
  FULL,
  NONE
}
