package io.arclight.spark;

import io.arclight.data.Batch;
import io.arclight.nn.Module;
import io.arclight.tensor.Tensor;
import java.io.Serializable;

/** How a batch goes through a model: the predictions of its rows. */
@FunctionalInterface
public interface Forward<M extends Module> extends Serializable {
  /** What {@code model} gives for a batch. */
  Tensor apply(M model, Batch batch);
}
