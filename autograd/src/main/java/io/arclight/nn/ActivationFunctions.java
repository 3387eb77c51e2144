package io.arclight.nn;

import io.arclight.tensor.Generator;
import io.arclight.tensor.Tensor;

/** Activations and dropout. */
abstract class ActivationFunctions extends NormalizationFunctions {
  ActivationFunctions() {}

  /**
   * Zeroes elements with probability {@code p}, scales the others by {@code 1 / (1 - p)}. Where the
   * thread has keys for the rows of {@code input} the mask is drawn by sample, else from the
   * standard generator.
   */
  public static Tensor dropout(Tensor input, double p) {
    return Generator.standard().dropout(input, p);
  }
}
