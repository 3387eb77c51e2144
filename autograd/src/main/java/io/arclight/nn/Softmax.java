package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Exponentials that sum to 1 along a dimension. */
public final class Softmax extends Layer {
  private final int dim;

  /** Along {@code dim}. */
  public Softmax(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor input) {
    return input.softmax(dim);
  }

  @Override
  protected String extra() {
    return "dim=" + dim;
  }
}
