package io.arclight.nn;

/**
 * A transposed convolution of volumes, which makes them larger: [n, in, depth, height, width] or
 * without n. The weight is [in, out / groups, depth, height, width], the bias [out].
 *
 * <pre>{@code
 * new ConvTranspose3d(64, 32, 4).stride(2).padding(1)
 * }</pre>
 */
public final class ConvTranspose3d extends ConvTranspose<ConvTranspose3d> {

  /**
   * A stride of 1, no padding, one group, with a bias.
   *
   * @param kernel its size, or one for each dimension
   */
  public ConvTranspose3d(long inChannels, long outChannels, long... kernel) {
    super(3, inChannels, outChannels, kernel);
  }
}
