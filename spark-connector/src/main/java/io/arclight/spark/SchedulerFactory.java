package io.arclight.spark;

import io.arclight.optim.LRScheduler;
import io.arclight.optim.Optimizer;
import java.io.Serializable;

/** Makes the learning-rate scheduler, which steps once for each optimizer step. */
@FunctionalInterface
public interface SchedulerFactory extends Serializable {
  /** The scheduler of {@code optimizer}. */
  LRScheduler create(Optimizer optimizer);
}
