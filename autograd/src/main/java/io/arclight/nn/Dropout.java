package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * While training, zeroes each element with probability {@code p} and scales the others by {@code 1
 * / (1 - p)}; else passes all. In a training loop of the library a row's mask depends on the seed,
 * the step, the layer's place and the row's sample id, not on which worker computes it.
 */
public final class Dropout extends Layer {
  private final double p;

  /** A probability of 0.5. */
  public Dropout() {
    this(0.5);
  }

  public Dropout(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("Dropout: p must be from 0 to 1, not " + p);
    }
    this.p = p;
  }

  @Override
  public Tensor forward(Tensor input) {
    return isTraining() ? Functional.dropout(input, p) : input;
  }

  @Override
  protected String extra() {
    return "p=" + p;
  }
}
