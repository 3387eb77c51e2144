package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Normalises channels by statistics of the batch in training, by running ones in evaluation: what
 * {@link BatchNorm1d}, {@link BatchNorm2d}, {@link BatchNorm3d} and synchronised forms share.
 * Parameters weight (ones) and bias (zeros), buffers running_mean, running_var and
 * num_batches_tracked.
 */
public abstract class BatchNorm<T extends BatchNorm<T>> extends RunningNorm<T> {
  BatchNorm(long numFeatures) {
    super(numFeatures);
    addAffine();
    addTracking();
  }

  /** Without weight and bias. */
  public final T noAffine() {
    dropAffine();
    return self();
  }

  /** Without the bias. */
  public final T noBias() {
    dropBias();
    return self();
  }

  /** Without running statistics: those of the batch in evaluation too. */
  public final T noTracking() {
    dropTracking();
    return self();
  }

  @Override
  public Tensor forward(Tensor input) {
    requireRank(input);
    requireChannels(input);
    boolean batch = isTraining() || runningMean() == null;
    double momentum = isTraining() && runningMean() != null ? countBatch() : 0;
    NormOptions options = (batch ? NormOptions.training() : NormOptions.evaluation());
    return Functional.batchNorm(
        input,
        isTraining() || !batch ? runningMean() : null,
        isTraining() || !batch ? runningVar() : null,
        weight(),
        bias(),
        options.momentum(momentum).eps(eps()));
  }
}
