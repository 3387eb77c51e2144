package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Joins dimensions {@code startDim} to {@code endDim}: [n, a, b] to [n, a * b]. */
public final class Flatten extends Layer {
  private final int startDim;
  private final int endDim;

  /** From dimension 1: rows stay. */
  public Flatten() {
    this(1);
  }

  /** To the last dimension. */
  public Flatten(int startDim) {
    this(startDim, -1);
  }

  /** From one dimension to another, both included. */
  public Flatten(int startDim, int endDim) {
    this.startDim = startDim;
    this.endDim = endDim;
  }

  @Override
  public Tensor forward(Tensor input) {
    return input.flatten(startDim, endDim);
  }

  @Override
  protected String extra() {
    return "start_dim=" + startDim + ", end_dim=" + endDim;
  }
}
