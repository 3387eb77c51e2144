package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link Conv2d} whose input channels are those of its first input. */
public final class LazyConv2d extends LazyConvLayer<Conv2d> {
  /**
   * @param kernel its size, or one for each dimension
   */
  public LazyConv2d(long outChannels, long... kernel) {
    this(outChannels, UnaryOperator.identity(), kernel);
  }

  /** With options, such as {@code conv -> conv.stride(2).padding(1)}. */
  public LazyConv2d(long outChannels, UnaryOperator<Conv2d> options, long... kernel) {
    super(2, outChannels, kernel, size -> new Conv2d(size, outChannels, kernel), options);
  }
}
