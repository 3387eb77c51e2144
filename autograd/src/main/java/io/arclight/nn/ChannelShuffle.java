package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** [n, channels, ...] with the channels of all groups in turn. */
public final class ChannelShuffle extends Layer {
  private final long groups;

  /** Between so many groups. */
  public ChannelShuffle(long groups) {
    this.groups = groups;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.channelShuffle(input, groups);
  }

  @Override
  protected String extra() {
    return "groups=" + groups;
  }
}
