package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Normalises the channels of [n, channels, depth, height, width] by the batch, or in evaluation by
 * running statistics.
 */
public final class BatchNorm3d extends BatchNorm<BatchNorm3d> {
  /** Of {@code numFeatures} channels. */
  public BatchNorm3d(long numFeatures) {
    super(numFeatures);
  }

  @Override
  protected BatchNorm3d self() {
    return this;
  }

  @Override
  protected void requireRank(Tensor input) {
    requireRank(input, 5, 5);
  }
}
