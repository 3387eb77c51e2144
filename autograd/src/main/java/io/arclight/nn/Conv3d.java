package io.arclight.nn;

/**
 * A convolution of volumes: [n, in, depth, height, width] or without n. The weight is [out, in /
 * groups, depth, height, width], the bias [out].
 *
 * <pre>{@code
 * new Conv3d(1, 8, 3).padding(Padding.SAME)
 * }</pre>
 */
public final class Conv3d extends Conv<Conv3d> {

  /**
   * A stride of 1, no padding, one group, with a bias.
   *
   * @param kernel its size, or one for each dimension
   */
  public Conv3d(long inChannels, long outChannels, long... kernel) {
    super(3, inChannels, outChannels, kernel);
  }
}
