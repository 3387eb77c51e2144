package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Normalises each channel of each sample of [n, channels, length] by itself; n may be missing. */
public final class InstanceNorm1d extends InstanceNorm<InstanceNorm1d> {
  /** Of {@code numFeatures} channels. */
  public InstanceNorm1d(long numFeatures) {
    super(numFeatures);
  }

  @Override
  protected InstanceNorm1d self() {
    return this;
  }

  @Override
  protected void requireRank(Tensor input) {
    requireRank(input, 2, 3);
  }

  @Override
  int batchedRank() {
    return 3;
  }
}
