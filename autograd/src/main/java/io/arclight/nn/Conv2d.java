package io.arclight.nn;

/**
 * A convolution of images: [n, in, height, width] or [in, height, width]. The weight is [out, in /
 * groups, height, width], the bias [out].
 *
 * <pre>{@code
 * new Conv2d(3, 64, 7).stride(2).padding(3).noBias()
 * }</pre>
 */
public final class Conv2d extends Conv<Conv2d> {

  /**
   * A stride of 1, no padding, one group, with a bias.
   *
   * @param kernel its size, or one for each dimension
   */
  public Conv2d(long inChannels, long outChannels, long... kernel) {
    super(2, inChannels, outChannels, kernel);
  }
}
