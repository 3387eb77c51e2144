package io.arclight.spark;

/** Training cannot start or go on, for a reason that trying again will not change. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }
}
