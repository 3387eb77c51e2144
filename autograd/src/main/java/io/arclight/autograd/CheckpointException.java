package io.arclight.autograd;

import io.arclight.tensor.TensorException;

/** A checkpointed function that did not compute in backward what it computed in forward. */
public final class CheckpointException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public CheckpointException(String message) {
    super(message);
  }
}
