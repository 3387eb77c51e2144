package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** {@code x} where positive, else a learned slope times {@code x}: one for all, or by channel. */
public final class PReLU extends Layer {
  private static final double INITIAL = 0.25;

  private final long numParameters;
  private Tensor weight;

  /** One slope, at first 0.25. */
  public PReLU() {
    this(1);
  }

  /** A slope for each of {@code numParameters} channels, dimension 1 of the input. */
  public PReLU(long numParameters) {
    this(numParameters, INITIAL);
  }

  /** Slopes that are {@code init} at first. */
  public PReLU(long numParameters, double init) {
    this.numParameters = numParameters;
    weight = register("weight", Tensor.full(Shape.of(numParameters), (float) init));
  }

  /** The slopes below 0. */
  public Tensor weight() {
    return weight;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.prelu(input, weight);
  }

  @Override
  protected String extra() {
    return "num_parameters=" + numParameters;
  }
}
