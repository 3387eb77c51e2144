package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The first half along a dimension times the sigmoid of the second. */
public final class GLU extends Layer {
  private final int dim;

  /** Along the last dimension. */
  public GLU() {
    this(-1);
  }

  /** Halves along {@code dim}. */
  public GLU(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.glu(input, dim);
  }

  @Override
  protected String extra() {
    return "dim=" + dim;
  }
}
