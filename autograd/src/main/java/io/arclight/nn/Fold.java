package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** Images from the sums of columns: {@link Functional#fold}. */
public final class Fold extends Layer {
  private final Shape outputSize;
  private WindowOptions options;

  /**
   * A stride and dilation of 1, no padding.
   *
   * @param outputSize of the images: one number, or height and width
   * @param kernel its size, or height and width
   */
  public Fold(Shape outputSize, long... kernel) {
    this.outputSize = outputSize;
    options = WindowOptions.kernel(kernel);
  }

  /** From one window to the next; 1 unless set. */
  public Fold stride(long... sizes) {
    options = options.stride(sizes);
    return this;
  }

  /** Zeros on both sides. */
  public Fold padding(long... sizes) {
    options = options.padding(sizes);
    return this;
  }

  /** From one element of a window to the next; 1 unless set. */
  public Fold dilation(long... sizes) {
    options = options.dilation(sizes);
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.fold(input, outputSize, options);
  }

  @Override
  protected String extra() {
    return "output_size=" + WindowOptions.given(outputSize) + ", " + options.describe();
  }
}
