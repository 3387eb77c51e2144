package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Undoes {@link MaxPool2d} as far as its values and their places go; all else is 0. */
public final class MaxUnpool2d extends MaxUnpool<MaxUnpool2d> {
  /** Of the windows that the pooling had. */
  public MaxUnpool2d(long... kernel) {
    super(2, kernel);
  }

  @Override
  MaxUnpool2d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input, Tensor indices) {
    return Functional.maxUnpool2d(input, indices, options());
  }

  @Override
  public Tensor forward(Tensor input, Tensor indices, long... outputSize) {
    return Functional.maxUnpool2d(input, indices, outputSize);
  }
}
