package io.arclight.spark;

import io.arclight.nn.Module;
import java.io.Serializable;

/** Makes the model on every rank; what it captures travels to the executors. */
@FunctionalInterface
public interface ModelFactory<M extends Module> extends Serializable {
  /** A new model, with weights of the thread's random stream. */
  M create();
}
