package io.arclight.spark.launch;

/** The application has, or can have, too few executors or cores for the ranks of a run. */
public final class SlotsException extends LaunchException {
  private static final long serialVersionUID = 1L;

  SlotsException(String message) {
    super(message);
  }
}
