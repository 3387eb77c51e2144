package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link Conv3d} whose input channels are those of its first input. */
public final class LazyConv3d extends LazyConvLayer<Conv3d> {
  /**
   * @param kernel its size, or one for each dimension
   */
  public LazyConv3d(long outChannels, long... kernel) {
    this(outChannels, UnaryOperator.identity(), kernel);
  }

  /** With options, such as {@code conv -> conv.stride(2).padding(1)}. */
  public LazyConv3d(long outChannels, UnaryOperator<Conv3d> options, long... kernel) {
    super(3, outChannels, kernel, size -> new Conv3d(size, outChannels, kernel), options);
  }
}
