package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.op.AvgPoolOp;
import io.arclight.tensor.op.Counting;
import io.arclight.tensor.op.MaxPoolOp;
import io.arclight.tensor.op.Rounding;
import java.util.Arrays;

/**
 * Where the windows of a pooling lie. Sizes are one for all dimensions or one for each.
 *
 * @param stride null for the kernel's sizes
 * @param divisor what averages divide by, 0 for the elements that {@code counting} says
 */
public record PoolOptions(
    Shape kernel,
    Shape stride,
    Shape padding,
    Shape dilation,
    Rounding rounding,
    Counting counting,
    long divisor) {

  /** Windows side by side, of these sizes, without padding. */
  public static PoolOptions of(long... kernel) {
    if (kernel.length == 0) {
      throw new IllegalArgumentException("a pooling needs the size of its windows");
    }
    return new PoolOptions(
        Shape.of(kernel),
        null,
        Shape.of(0),
        Shape.of(1),
        Rounding.FLOOR,
        Counting.INCLUDE_PADDING,
        0);
  }

  /** The distance between windows; the kernel's sizes unless set. */
  public PoolOptions stride(long... sizes) {
    return with(Shape.of(sizes), padding, dilation, rounding, counting, divisor);
  }

  /** Elements around the input: of zeros, or for maxima of minus infinity. */
  public PoolOptions padding(long... sizes) {
    return with(stride, Shape.of(sizes), dilation, rounding, counting, divisor);
  }

  /** The distance between elements of a window; for maxima only. */
  public PoolOptions dilation(long... sizes) {
    return with(stride, padding, Shape.of(sizes), rounding, counting, divisor);
  }

  /** With a last window that the input fills in part. */
  public PoolOptions ceilMode() {
    return with(stride, padding, dilation, Rounding.CEIL, counting, divisor);
  }

  /** Averages divide by the elements of the input in the window, padding left out. */
  public PoolOptions excludePadding() {
    return with(stride, padding, dilation, rounding, Counting.EXCLUDE_PADDING, divisor);
  }

  /** Averages divide by this. */
  public PoolOptions divisorOverride(long value) {
    if (value == 0) {
      throw new IllegalArgumentException("a pooling's divisor must not be 0");
    }
    return with(stride, padding, dilation, rounding, counting, value);
  }

  private PoolOptions with(
      Shape stride,
      Shape padding,
      Shape dilation,
      Rounding rounding,
      Counting counting,
      long divisor) {
    return new PoolOptions(kernel, stride, padding, dilation, rounding, counting, divisor);
  }

  /** The kernel's sizes unless set. */
  public Shape strideOrKernel() {
    return stride == null ? kernel : stride;
  }

  MaxPoolOp max(int rank) {
    return new MaxPoolOp(
        spread("kernel", kernel, rank),
        spread("stride", strideOrKernel(), rank),
        spread("padding", padding, rank),
        spread("dilation", dilation, rank),
        rounding);
  }

  AvgPoolOp average(int rank) {
    if (Arrays.stream(dilation.toArray()).anyMatch(d -> d != 1)) {
      throw new IllegalArgumentException(
          "averages have no dilation, got " + dilation + ": only maxima have");
    }
    return new AvgPoolOp(
        spread("kernel", kernel, rank),
        spread("stride", strideOrKernel(), rank),
        spread("padding", padding, rank),
        rounding,
        counting,
        divisor);
  }

  /** A size for each of {@code rank} dimensions. */
  static Shape spread(String what, Shape sizes, int rank) {
    if (sizes.rank() == rank) {
      return sizes;
    }
    if (sizes.rank() != 1) {
      throw new ShapeException(
          "a pooling over "
              + rank
              + " dimensions has one "
              + what
              + " size for all or one for each, not "
              + sizes);
    }
    long[] out = new long[rank];
    Arrays.fill(out, sizes.dim(0));
    return Shape.of(out);
  }
}
