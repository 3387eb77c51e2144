package io.arclight.spark.feed;

/** Data, columns or settings that training cannot use; trying again does not help. */
public final class FeedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FeedException(String message) {
    super(message);
  }
}
