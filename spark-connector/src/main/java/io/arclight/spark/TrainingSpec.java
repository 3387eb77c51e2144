package io.arclight.spark;

import io.arclight.data.Batch;
import io.arclight.export.Transform;
import io.arclight.nn.Loss;
import io.arclight.nn.Module;
import io.arclight.spark.feed.Shuffle;
import io.arclight.tensor.Tensor;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What ranks need to know to train; travels to the executors.
 *
 * @param inputs names of the features in the batch
 * @param transforms from raw features to what the model sees, by input
 * @param label name of the label in the batch
 * @param classes number of classes, 0 for regression
 * @param accumulate global batches that make one optimizer step
 * @param clip largest gradient norm, 0 for no limit
 * @param checkpointEvery optimizer steps between checkpoints, 0 for the ends of epochs only
 * @param patience epochs without a better validation loss after which training ends, 0 for none
 * @param shuffle how the user wants the rows mixed
 * @param window rows that a lane shuffles at a time
 * @param syncBatchNorm whether batch normalisations see the batch of all ranks
 * @param memory what ranks need and have; null until it is known
 */
record TrainingSpec<M extends Module>(
    ModelFactory<M> model,
    Forward<M> forward,
    Loss loss,
    OptimizerFactory optimizer,
    SchedulerFactory scheduler,
    List<String> inputs,
    List<Transform> transforms,
    String label,
    int classes,
    int epochs,
    int accumulate,
    double clip,
    long seed,
    String device,
    long checkpointEvery,
    int patience,
    int checksumEvery,
    Shuffle shuffle,
    int window,
    boolean syncBatchNorm,
    MemoryBudget memory)
    implements Serializable {

  TrainingSpec<M> with(MemoryBudget value) {
    return new TrainingSpec<>(
        model,
        forward,
        loss,
        optimizer,
        scheduler,
        inputs,
        transforms,
        label,
        classes,
        epochs,
        accumulate,
        clip,
        seed,
        device,
        checkpointEvery,
        patience,
        checksumEvery,
        shuffle,
        window,
        syncBatchNorm,
        value);
  }

  /** The model's output; of a regression with one output in the shape of its target. */
  Tensor output(M from, Batch batch, Tensor target) {
    Tensor output = forward.apply(from, batch);
    boolean single = classes == 0 && output.rank() == 2 && output.dim(1) == 1;
    return single && target.rank() == 1 ? output.select(1, 0) : output;
  }

  /** The batch as the model sees it. */
  Batch transformed(Batch raw) {
    Map<String, Tensor> columns = new LinkedHashMap<>(raw.columns());
    for (int i = 0; i < inputs.size(); i++) {
      Transform transform = transforms.get(i);
      columns.computeIfPresent(inputs.get(i), (name, x) -> transform.apply(x));
    }
    return new Batch(columns, raw.sampleIds());
  }
}
