package io.arclight.nn;

/**
 * A convolution of sequences: [n, in, length] or [in, length]. The weight is [out, in / groups,
 * kernel], the bias [out].
 *
 * <pre>{@code
 * new Conv1d(40, 128, 3).padding(1).noBias()
 * }</pre>
 */
public final class Conv1d extends Conv<Conv1d> {

  /**
   * A stride of 1, no padding, one group, with a bias.
   *
   * @param kernel its size, or one for each dimension
   */
  public Conv1d(long inChannels, long outChannels, long... kernel) {
    super(1, inChannels, outChannels, kernel);
  }
}
