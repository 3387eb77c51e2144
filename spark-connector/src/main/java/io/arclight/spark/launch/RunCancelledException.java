package io.arclight.spark.launch;

/** The run was ended by its caller, by a user of Spark, or with the Spark context. */
public final class RunCancelledException extends LaunchException {
  private static final long serialVersionUID = 1L;

  RunCancelledException(String message, Throwable cause) {
    super(message, cause);
  }
}
