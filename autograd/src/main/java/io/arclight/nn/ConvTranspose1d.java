package io.arclight.nn;

/**
 * A transposed convolution of sequences, which makes them larger: [n, in, length] or [in, length].
 * The weight is [in, out / groups, kernel], the bias [out].
 *
 * <pre>{@code
 * new ConvTranspose1d(64, 32, 4).stride(2).padding(1)
 * }</pre>
 */
public final class ConvTranspose1d extends ConvTranspose<ConvTranspose1d> {

  /**
   * A stride of 1, no padding, one group, with a bias.
   *
   * @param kernel its size, or one for each dimension
   */
  public ConvTranspose1d(long inChannels, long outChannels, long... kernel) {
    super(1, inChannels, outChannels, kernel);
  }
}
