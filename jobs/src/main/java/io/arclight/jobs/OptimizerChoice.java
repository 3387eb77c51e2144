package io.arclight.jobs;

import io.arclight.optim.Adam;
import io.arclight.optim.AdamW;
import io.arclight.optim.Optimizer;
import io.arclight.optim.SGD;
import io.arclight.spark.OptimizerFactory;
import io.arclight.tensor.Tensor;
import java.util.List;

/** The optimizer that {@code --optimizer} names. */
record OptimizerChoice(Kind kind, double lr) implements OptimizerFactory {
  private static final double MOMENTUM = 0.9;

  /** What there is. */
  enum Kind {
    ADAMW,
    ADAM,
    SGD
  }

  @Override
  public Optimizer create(List<Tensor> parameters) {
    return switch (kind) {
      case ADAMW -> new AdamW(parameters, lr);
      case ADAM -> new Adam(parameters, lr);
      case SGD -> new SGD(parameters, lr).momentum(MOMENTUM);
    };
  }
}
