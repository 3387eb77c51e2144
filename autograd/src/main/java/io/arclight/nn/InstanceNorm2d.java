package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Normalises each channel of each sample of [n, channels, height, width] by itself; n may be
 * missing.
 */
public final class InstanceNorm2d extends InstanceNorm<InstanceNorm2d> {
  /** Of {@code numFeatures} channels. */
  public InstanceNorm2d(long numFeatures) {
    super(numFeatures);
  }

  @Override
  protected InstanceNorm2d self() {
    return this;
  }

  @Override
  protected void requireRank(Tensor input) {
    requireRank(input, 3, 4);
  }

  @Override
  int batchedRank() {
    return 4;
  }
}
