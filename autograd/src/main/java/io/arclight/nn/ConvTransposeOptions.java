package io.arclight.nn;

import io.arclight.tensor.Shape;

/**
 * Options of transposed convolutions: {@code new ConvTransposeOptions().stride(2).padding(1)}.
 * Numbers are given once, or for each spatial dimension.
 *
 * @param padding what the convolution that this transposes would have: the result is smaller by it
 * @param outputPadding elements added to one side of the result, which several sizes may have
 */
public record ConvTransposeOptions(
    Shape stride, Shape padding, Shape outputPadding, Shape dilation, long groups) {

  /** A stride and dilation of 1, no padding, one group. */
  public ConvTransposeOptions() {
    this(Shape.of(1), Shape.of(0), Shape.of(0), Shape.of(1), 1);
  }

  /** From one window of the output to the next; 1 unless set. */
  public ConvTransposeOptions stride(long... sizes) {
    return new ConvTransposeOptions(Shape.of(sizes), padding, outputPadding, dilation, groups);
  }

  /** What is cut off on both sides; 0 unless set. */
  public ConvTransposeOptions padding(long... sizes) {
    return new ConvTransposeOptions(stride, Shape.of(sizes), outputPadding, dilation, groups);
  }

  /** What the output has more at the end; 0 unless set. */
  public ConvTransposeOptions outputPadding(long... sizes) {
    return new ConvTransposeOptions(stride, padding, Shape.of(sizes), dilation, groups);
  }

  /** From one element of the kernel to the next; 1 unless set. */
  public ConvTransposeOptions dilation(long... sizes) {
    return new ConvTransposeOptions(stride, padding, outputPadding, Shape.of(sizes), groups);
  }

  /** Groups of channels that do not see each other; 1 unless set. */
  public ConvTransposeOptions groups(long count) {
    return new ConvTransposeOptions(stride, padding, outputPadding, dilation, count);
  }

  /** With an entry for each of {@code n} dimensions. */
  ConvTransposeOptions each(String op, int n) {
    return new ConvTransposeOptions(
        Sizes.each(op + ": stride", stride, n),
        Sizes.each(op + ": padding", padding, n),
        Sizes.each(op + ": outputPadding", outputPadding, n),
        Sizes.each(op + ": dilation", dilation, n),
        groups);
  }
}
