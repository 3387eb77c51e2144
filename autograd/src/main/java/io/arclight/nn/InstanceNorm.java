package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Normalises each channel of each sample by itself: what {@link InstanceNorm1d}, {@link
 * InstanceNorm2d} and {@link InstanceNorm3d} share. Without weight, bias and running statistics
 * unless asked for; with running statistics, these normalise in evaluation.
 */
public abstract class InstanceNorm<T extends InstanceNorm<T>> extends RunningNorm<T> {
  InstanceNorm(long numFeatures) {
    super(numFeatures);
  }

  /** With weight (ones) and bias (zeros). */
  public final T affine() {
    addAffine();
    return self();
  }

  /** With weight (ones), without bias. */
  public final T affineWithoutBias() {
    addAffine();
    dropBias();
    return self();
  }

  /** With running statistics. */
  public final T trackRunningStats() {
    addTracking();
    return self();
  }

  /** Dimensions of an input with a batch. */
  abstract int batchedRank();

  @Override
  public Tensor forward(Tensor input) {
    requireRank(input);
    if (input.rank() < batchedRank()) {
      return normalized(input.unsqueeze(0)).squeeze(0);
    }
    return normalized(input);
  }

  private Tensor normalized(Tensor input) {
    requireChannels(input);
    boolean own = isTraining() || runningMean() == null;
    NormOptions options = own ? NormOptions.training() : NormOptions.evaluation();
    Double part = momentum();
    return Functional.instanceNorm(
        input,
        runningMean(),
        runningVar(),
        weight(),
        bias(),
        options.momentum(part == null ? 0 : part).eps(eps()));
  }
}
