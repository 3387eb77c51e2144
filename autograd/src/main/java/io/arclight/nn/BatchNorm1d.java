package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Normalises the channels of [n, channels] or [n, channels, length] by the batch, or in evaluation
 * by running statistics.
 */
public final class BatchNorm1d extends BatchNorm<BatchNorm1d> {
  /** Of {@code numFeatures} channels. */
  public BatchNorm1d(long numFeatures) {
    super(numFeatures);
  }

  @Override
  protected BatchNorm1d self() {
    return this;
  }

  @Override
  protected void requireRank(Tensor input) {
    requireRank(input, 2, 3);
  }
}
