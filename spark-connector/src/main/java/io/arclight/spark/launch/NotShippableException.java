package io.arclight.spark.launch;

/** A function or factory captures something that cannot travel to the executors. */
public final class NotShippableException extends LaunchException {
  private static final long serialVersionUID = 1L;

  NotShippableException(String message, Throwable cause) {
    super(message, cause);
  }
}
