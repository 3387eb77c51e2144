package io.arclight.nn;

import io.arclight.tensor.Shape;

/**
 * Options of convolutions: {@code new ConvOptions().stride(2).padding(1)}. Numbers are given once,
 * or for each spatial dimension.
 *
 * @param rule null where {@code padding} says how much is padded
 */
public record ConvOptions(Shape stride, Shape padding, Padding rule, Shape dilation, long groups) {

  /** A stride and dilation of 1, no padding, one group. */
  public ConvOptions() {
    this(Shape.of(1), Shape.of(0), null, Shape.of(1), 1);
  }

  /** From one position of the kernel to the next. */
  public ConvOptions stride(long... sizes) {
    return new ConvOptions(Shape.of(sizes), padding, rule, dilation, groups);
  }

  /** Zeros on both sides. */
  public ConvOptions padding(long... sizes) {
    return new ConvOptions(stride, Shape.of(sizes), null, dilation, groups);
  }

  /** By a rule instead of sizes. */
  public ConvOptions padding(Padding how) {
    return new ConvOptions(stride, Shape.of(0), how, dilation, groups);
  }

  /** From one element that the kernel sees to the next. */
  public ConvOptions dilation(long... sizes) {
    return new ConvOptions(stride, padding, rule, Shape.of(sizes), groups);
  }

  /** Channels are divided into groups that do not see each other. */
  public ConvOptions groups(long count) {
    return new ConvOptions(stride, padding, rule, dilation, count);
  }

  /** With an entry for each of {@code n} dimensions. */
  ConvOptions each(String op, int n) {
    return new ConvOptions(
        Sizes.each(op + ": stride", stride, n),
        Sizes.each(op + ": padding", padding, n),
        rule,
        Sizes.each(op + ": dilation", dilation, n),
        groups);
  }
}
