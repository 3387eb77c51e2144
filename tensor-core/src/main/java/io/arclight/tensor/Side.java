package io.arclight.tensor;

/**
 * Left or right: of equal elements, where a value would be inserted; of an unknown, where its
 * matrix stands.
 */
public enum Side {
  LEFT,
  RIGHT
}
