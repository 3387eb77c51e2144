package io.arclight.nn;

import java.util.function.UnaryOperator;

/** A {@link Conv1d} whose input channels are those of its first input. */
public final class LazyConv1d extends LazyConvLayer<Conv1d> {
  /**
   * @param kernel its size, or one for each dimension
   */
  public LazyConv1d(long outChannels, long... kernel) {
    this(outChannels, UnaryOperator.identity(), kernel);
  }

  /** With options, such as {@code conv -> conv.stride(2).padding(1)}. */
  public LazyConv1d(long outChannels, UnaryOperator<Conv1d> options, long... kernel) {
    super(1, outChannels, kernel, size -> new Conv1d(size, outChannels, kernel), options);
  }
}
