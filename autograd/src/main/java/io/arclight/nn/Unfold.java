package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** What a kernel sees of images, as columns: {@link Functional#unfold}. */
public final class Unfold extends Layer {
  private WindowOptions options;

  /**
   * A stride and dilation of 1, no padding.
   *
   * @param kernel its size, or height and width
   */
  public Unfold(long... kernel) {
    options = WindowOptions.kernel(kernel);
  }

  /** From one window to the next; 1 unless set. */
  public Unfold stride(long... sizes) {
    options = options.stride(sizes);
    return this;
  }

  /** Zeros on both sides. */
  public Unfold padding(long... sizes) {
    options = options.padding(sizes);
    return this;
  }

  /** From one element of a window to the next; 1 unless set. */
  public Unfold dilation(long... sizes) {
    options = options.dilation(sizes);
    return this;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.unfold(input, options);
  }

  @Override
  protected String extra() {
    return options.describe();
  }
}
