package io.arclight.tensor;

/** What is known of a matrix. */
public enum Symmetry {
  GENERAL,
  /** It is Hermitian; its lower triangle is read. */
  HERMITIAN
}
