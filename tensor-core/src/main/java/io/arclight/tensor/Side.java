package io.arclight.tensor;

/** On which side of equal elements a value would be inserted. */
public enum Side {
  LEFT,
  RIGHT
}
