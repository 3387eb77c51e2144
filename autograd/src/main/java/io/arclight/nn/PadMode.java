package io.arclight.nn;

/** What padding is made of. */
public enum PadMode {
  /** One value; of convolutions zero. */
  CONSTANT,
  /** The elements near the border, mirrored at the one that is the border. */
  REFLECT,
  /** The element at the border. */
  REPLICATE,
  /** The elements of the other side. */
  CIRCULAR
}
