package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;

/**
 * Drops while training, else passes all. In a training loop of the library a row's mask depends on
 * the seed, the step, the layer's place and the row's sample id, not on which worker computes it.
 */
public abstract class DropoutLayer extends Layer {
  private final double p;
  private boolean inPlace;

  DropoutLayer(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + ": p must be from 0 to 1, not " + p);
    }
    this.p = p;
  }

  /**
   * Overwrites the input while training.
   *
   * @return this
   */
  public final DropoutLayer inPlace() {
    inPlace = true;
    return this;
  }

  abstract Tensor drop(Tensor input, double p);

  @Override
  public final Tensor forward(Tensor input) {
    if (!isTraining()) {
      return input;
    }
    Tensor dropped = drop(input, p);
    boolean over = inPlace && Context.current().tracer() == null;
    return over ? input.copyInPlace(dropped) : dropped;
  }

  @Override
  protected final String extra() {
    return "p=" + p + (inPlace ? ", inplace=True" : ", inplace=False");
  }
}
