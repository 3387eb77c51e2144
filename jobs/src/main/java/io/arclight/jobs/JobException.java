package io.arclight.jobs;

/** A job's arguments that do not fit each other or the data. */
final class JobException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JobException(String message) {
    super(message);
  }
}
