package io.arclight.distributed.nn;

import io.arclight.distributed.Communicator;
import io.arclight.nn.BatchNorm;
import io.arclight.nn.Module;
import io.arclight.tensor.Tensor;

/**
 * Batch normalisation of [n, channels, ...] where, in training, the batch is that of all ranks,
 * which may have different numbers of samples. Gradients of weight and bias are the rank's own
 * part, which {@link io.arclight.distributed.DistributedDataParallel} joins.
 *
 * <pre>{@code
 * SyncBatchNorm.convertSyncBatchnorm(model, group);
 * var parallel = new DistributedDataParallel(model, group);
 * }</pre>
 */
public final class SyncBatchNorm extends BatchNorm<SyncBatchNorm> {
  /** Of so many channels, with the statistics of all ranks of {@code group}. */
  public SyncBatchNorm(long numFeatures, Communicator group) {
    super(numFeatures);
    synchronizedBy(new TotalOverRanks(group)::apply);
  }

  /**
   * Makes all batch normalisations in {@code module} synchronise over {@code group}; they stay the
   * layers that they are, with their names and state.
   *
   * @return the module
   */
  public static <M extends Module> M convertSyncBatchnorm(M module, Communicator group) {
    for (Module part : module.namedModules().values()) {
      if (part instanceof BatchNorm<?> norm) {
        norm.synchronizedBy(new TotalOverRanks(group)::apply);
      }
    }
    return module;
  }

  @Override
  protected SyncBatchNorm self() {
    return this;
  }

  @Override
  protected void requireRank(Tensor input) {
    requireRank(input, 2, Integer.MAX_VALUE);
  }
}
