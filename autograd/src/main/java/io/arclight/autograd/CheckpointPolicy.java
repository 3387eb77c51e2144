package io.arclight.autograd;

import io.arclight.tensor.op.Op;

/** What a {@link Checkpoint} does with the outputs of an operation. */
public enum CheckpointPolicy {
  /** Kept from forward, as they are costly to compute, such as those of matrix products. */
  SAVE,
  /** Computed again in backward. */
  RECOMPUTE;

  /** Decides by operation; must decide the same in forward and backward. */
  @FunctionalInterface
  public interface Rule {
    CheckpointPolicy of(Op op);
  }
}
