package io.arclight.nn;

/** What {@link Functional#gumbelSoftmax} gives. */
public enum GumbelSample {
  /** Probabilities near the corners, the nearer the lower the temperature. */
  SOFT,
  /** One-hot vectors, with the gradients of the soft ones. */
  HARD
}
