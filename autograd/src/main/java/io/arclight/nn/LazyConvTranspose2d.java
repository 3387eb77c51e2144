package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link ConvTranspose2d} whose input channels are those of its first input. */
public final class LazyConvTranspose2d extends LazyConvLayer<ConvTranspose2d> {
  /**
   * @param kernel its size, or one for each dimension
   */
  public LazyConvTranspose2d(long outChannels, long... kernel) {
    this(outChannels, UnaryOperator.identity(), kernel);
  }

  /** With options, such as {@code conv -> conv.stride(2).padding(1)}. */
  public LazyConvTranspose2d(
      long outChannels, UnaryOperator<ConvTranspose2d> options, long... kernel) {
    super(2, outChannels, kernel, size -> new ConvTranspose2d(size, outChannels, kernel), options);
  }
}
