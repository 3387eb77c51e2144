package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Normalises each channel of each sample of [n, channels, depth, height, width] by itself; n may be
 * missing.
 */
public final class InstanceNorm3d extends InstanceNorm<InstanceNorm3d> {
  /** Of {@code numFeatures} channels. */
  public InstanceNorm3d(long numFeatures) {
    super(numFeatures);
  }

  @Override
  protected InstanceNorm3d self() {
    return this;
  }

  @Override
  protected void requireRank(Tensor input) {
    requireRank(input, 4, 5);
  }

  @Override
  int batchedRank() {
    return 5;
  }
}
