package io.arclight.spark;

import io.arclight.optim.Optimizer;
import io.arclight.tensor.Tensor;
import java.io.Serializable;
import java.util.List;

/** Makes the optimizer of a model's parameters on every rank. */
@FunctionalInterface
public interface OptimizerFactory extends Serializable {
  /** The optimizer of these parameters. */
  Optimizer create(List<Tensor> parameters);
}
