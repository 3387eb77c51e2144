package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Joins all dimensions from {@code startDim} on: [n, a, b] to [n, a * b]. */
public final class Flatten extends Layer {
  private final int startDim;

  /** From dimension 1: rows stay. */
  public Flatten() {
    this(1);
  }

  public Flatten(int startDim) {
    this.startDim = startDim;
  }

  @Override
  public Tensor forward(Tensor input) {
    return input.flatten(startDim);
  }

  @Override
  protected String extra() {
    return "start_dim=" + startDim;
  }
}
