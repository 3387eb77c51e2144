package io.arclight.spark.sql;

/** A model that cannot be loaded, or arguments that do not fit it. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public ModelException(String message) {
    super(message);
  }

  /** Says what was wrong, why, and what to do, and keeps what caused it. */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
