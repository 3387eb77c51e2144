package io.arclight.nn;

import io.arclight.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Normalises channels by statistics of the batch in training, by running ones in evaluation: what
 * {@link BatchNorm1d}, {@link BatchNorm2d}, {@link BatchNorm3d} and {@code SyncBatchNorm} share.
 * Parameters weight (ones) and bias (zeros), buffers running_mean, running_var and
 * num_batches_tracked.
 *
 * @param <T> the layer itself, which its options return
 */
public abstract class BatchNorm<T extends BatchNorm<T>> extends RunningNorm<T> {
  private UnaryOperator<Tensor> total;

  /** Of {@code numFeatures} channels. */
  protected BatchNorm(long numFeatures) {
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

  /**
   * In training, the batch is that of all who take part: {@code total} gives the sum of a tensor
   * over them, and has gradients.
   */
  public final T synchronizedBy(UnaryOperator<Tensor> sum) {
    total = sum;
    return self();
  }

  @Override
  public Tensor forward(Tensor input) {
    requireRank(input);
    requireChannels(input);
    boolean tracks = runningMean() != null;
    double momentum = isTraining() && tracks ? countBatch() : 0;
    boolean batch = isTraining() || !tracks;
    NormOptions options = batch ? NormOptions.training() : NormOptions.evaluation();
    options = options.momentum(momentum).eps(eps());
    Tensor mean = runningMean();
    Tensor var = runningVar();
    if (isTraining() && total != null) {
      return NormalizationFunctions.sharedBatchNorm(
          input, mean, var, weight(), bias(), options, total);
    }
    return Functional.batchNorm(input, mean, var, weight(), bias(), options);
  }
}
