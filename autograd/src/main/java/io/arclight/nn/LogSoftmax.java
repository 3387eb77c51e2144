package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** The logarithm of {@link Softmax}, computed stably. */
public final class LogSoftmax extends Layer {
  private final int dim;

  /** Along {@code dim}. */
  public LogSoftmax(int dim) {
    this.dim = dim;
  }

  @Override
  public Tensor forward(Tensor input) {
    return input.logSoftmax(dim);
  }

  @Override
  protected String extra() {
    return "dim=" + dim;
  }
}
