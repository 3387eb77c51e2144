package io.arclight.spark.feed;

/** Data, columns or settings that training cannot use; trying again does not help. */
public sealed class FeedException extends RuntimeException permits ChangedInputException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public FeedException(String message) {
    super(message);
  }
}
