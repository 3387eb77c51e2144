package io.arclight.tensor;

/** A half of a matrix, with its diagonal. */
public enum Triangle {
  LOWER,
  UPPER;

  /** The other half, which transposing makes of this one. */
  public Triangle transposed() {
    return this == LOWER ? UPPER : LOWER;
  }
}
