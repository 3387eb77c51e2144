package io.arclight.nn;

import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;

/**
 * {@code x} where positive, else {@code x} times a slope: while training drawn for each element on
 * [lower, upper), else their mean.
 */
public final class RReLU extends Layer {
  private final double lower;
  private final double upper;
  private boolean inPlace;

  /** From an eighth to a third. */
  public RReLU() {
    this(1.0 / 8, 1.0 / 3);
  }

  /** With slopes uniform on [lower, upper] below 0. */
  public RReLU(double lower, double upper) {
    ActivationFunctions.requireSlopes(lower, upper);
    this.lower = lower;
    this.upper = upper;
  }

  /** Overwrites the input; traced programs leave theirs. */
  public RReLU inPlace() {
    inPlace = true;
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    boolean over = inPlace && Context.current().tracer() == null;
    if (isTraining()) {
      return over
          ? Functional.rreluInPlace(input, lower, upper)
          : Functional.rrelu(input, lower, upper);
    }
    double mean = (lower + upper) / 2;
    return over ? Functional.leakyReluInPlace(input, mean) : Functional.leakyRelu(input, mean);
  }

  @Override
  protected String extra() {
    return "lower=" + lower + ", upper=" + upper + (inPlace ? ", inplace=True" : "");
  }
}
