package io.arclight.tensor.op;

/** What becomes of a matrix that a factorisation fails on. */
public enum Check {
  /** A LinAlgException that names it. */
  RAISE,
  /** A number in the output {@code info}. */
  REPORT
}
