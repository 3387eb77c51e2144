package io.arclight.nn;

/**
 * A transposed convolution of images, which makes them larger: [n, in, height, width] or [in,
 * height, width]. The weight is [in, out / groups, height, width], the bias [out].
 *
 * <pre>{@code
 * new ConvTranspose2d(64, 32, 4).stride(2).padding(1)
 * }</pre>
 */
public final class ConvTranspose2d extends ConvTranspose<ConvTranspose2d> {

  /**
   * A stride of 1, no padding, one group, with a bias.
   *
   * @param kernel its size, or one for each dimension
   */
  public ConvTranspose2d(long inChannels, long outChannels, long... kernel) {
    super(2, inChannels, outChannels, kernel);
  }
}
