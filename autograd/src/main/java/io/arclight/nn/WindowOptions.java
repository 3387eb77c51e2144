package io.arclight.nn;

import io.arclight.tensor.Shape;

/**
 * A kernel's size and how it moves over images: {@code WindowOptions.kernel(3).padding(1)}. Numbers
 * are given once, or for height and width.
 */
public record WindowOptions(Shape kernel, Shape stride, Shape padding, Shape dilation) {

  /** A stride and dilation of 1, no padding. */
  public static WindowOptions kernel(long... sizes) {
    return new WindowOptions(Shape.of(sizes), Shape.of(1), Shape.of(0), Shape.of(1));
  }

  /** From one window to the next; 1 unless set. */
  public WindowOptions stride(long... sizes) {
    return new WindowOptions(kernel, Shape.of(sizes), padding, dilation);
  }

  /** Zeros on both sides. */
  public WindowOptions padding(long... sizes) {
    return new WindowOptions(kernel, stride, Shape.of(sizes), dilation);
  }

  /** From one element of a window to the next; 1 unless set. */
  public WindowOptions dilation(long... sizes) {
    return new WindowOptions(kernel, stride, padding, Shape.of(sizes));
  }

  WindowOptions each(String op) {
    return new WindowOptions(
        Sizes.each(op + ": kernel", kernel, 2),
        Sizes.each(op + ": stride", stride, 2),
        Sizes.each(op + ": padding", padding, 2),
        Sizes.each(op + ": dilation", dilation, 2));
  }

  /** As PyTorch prints what it was given. */
  String describe() {
    return "kernel_size="
        + given(kernel)
        + ", dilation="
        + given(dilation)
        + ", padding="
        + given(padding)
        + ", stride="
        + given(stride);
  }

  static String given(Shape sizes) {
    return sizes.rank() == 1 ? Long.toString(sizes.dim(0)) : Sizes.tuple(sizes.toArray());
  }
}
