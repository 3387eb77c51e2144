package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link ConvTranspose3d} whose input channels are those of its first input. */
public final class LazyConvTranspose3d extends LazyConvLayer<ConvTranspose3d> {
  /**
   * @param kernel its size, or one for each dimension
   */
  public LazyConvTranspose3d(long outChannels, long... kernel) {
    this(outChannels, UnaryOperator.identity(), kernel);
  }

  /** With options, such as {@code conv -> conv.stride(2).padding(1)}. */
  public LazyConvTranspose3d(
      long outChannels, UnaryOperator<ConvTranspose3d> options, long... kernel) {
    super(3, outChannels, kernel, size -> new ConvTranspose3d(size, outChannels, kernel), options);
  }
}
