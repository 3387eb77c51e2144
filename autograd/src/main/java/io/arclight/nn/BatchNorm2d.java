package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Normalises the channels of [n, channels, height, width] by the batch, or in evaluation by running
 * statistics.
 */
public final class BatchNorm2d extends BatchNorm<BatchNorm2d> {
  /** Of {@code numFeatures} channels. */
  public BatchNorm2d(long numFeatures) {
    super(numFeatures);
  }

  @Override
  protected BatchNorm2d self() {
    return this;
  }

  @Override
  protected void requireRank(Tensor input) {
    requireRank(input, 4, 4);
  }
}
