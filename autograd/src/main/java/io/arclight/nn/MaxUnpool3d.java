package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Undoes {@link MaxPool3d} as far as its values and their places go; all else is 0. */
public final class MaxUnpool3d extends MaxUnpool<MaxUnpool3d> {
  /** Of the windows that the pooling had. */
  public MaxUnpool3d(long... kernel) {
    super(3, kernel);
  }

  @Override
  MaxUnpool3d self() {
    return this;
  }

  @Override
  public Tensor forward(Tensor input, Tensor indices) {
    return Functional.maxUnpool3d(input, indices, options());
  }

  @Override
  public Tensor forward(Tensor input, Tensor indices, long... outputSize) {
    return Functional.maxUnpool3d(input, indices, outputSize);
  }
}
