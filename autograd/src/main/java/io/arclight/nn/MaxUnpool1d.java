package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Undoes {@link MaxPool1d} as far as its values and their places go; all else is 0. */
public final class MaxUnpool1d extends MaxUnpool<MaxUnpool1d> {
  /** Of the windows that the pooling had. */
  public MaxUnpool1d(long... kernel) {
    super(1, kernel);
  }

  @Override
  MaxUnpool1d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input, Tensor indices) {
    return Functional.maxUnpool1d(input, indices, options());
  }

  @Override
  public Tensor forward(Tensor input, Tensor indices, long... outputSize) {
    return Functional.maxUnpool1d(input, indices, outputSize);
  }
}
