package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link ConvTranspose1d} whose input channels are those of its first input. */
public final class LazyConvTranspose1d extends LazyConvLayer<ConvTranspose1d> {
  /**
   * @param kernel its size, or one for each dimension
   */
  public LazyConvTranspose1d(long outChannels, long... kernel) {
    this(outChannels, UnaryOperator.identity(), kernel);
  }

  /** With options, such as {@code conv -> conv.stride(2).padding(1)}. */
  public LazyConvTranspose1d(
      long outChannels, UnaryOperator<ConvTranspose1d> options, long... kernel) {
    super(1, outChannels, kernel, size -> new ConvTranspose1d(size, outChannels, kernel), options);
  }
}
