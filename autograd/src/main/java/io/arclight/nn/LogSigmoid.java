package io.arclight.nn;

import io.arclight.tensor.op.Pointwise;

/** The logarithm of {@link Sigmoid}, computed stably. */
public final class LogSigmoid extends Activation {
  /** The function of each element. */
  public LogSigmoid() {
    super(Pointwise.LOG_SIGMOID);
  }
}
