package io.arclight.spark;

/** Training cannot start or go on, for a reason that trying again will not change. */
public sealed class TrainingException extends RuntimeException permits MemoryBudgetException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public TrainingException(String message) {
    super(message);
  }
}
