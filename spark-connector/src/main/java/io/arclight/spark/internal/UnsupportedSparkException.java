package io.arclight.spark.internal;

/** This Spark lacks something that Arclight needs. */
public final class UnsupportedSparkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnsupportedSparkException(String message, Throwable cause) {
    super(message, cause);
  }
}
