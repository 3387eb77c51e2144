package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Softmax of {@code -x}. */
public final class Softmin extends Layer {
  private final int dim;

  /** Along {@code dim}. */
  public Softmin(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.softmin(input, dim);
  }

  @Override
  protected String extra() {
    return "dim=" + dim;
  }
}
