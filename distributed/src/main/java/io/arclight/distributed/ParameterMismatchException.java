package io.arclight.distributed;

/** Ranks hold different values in a parameter that should be equal everywhere. */
public final class ParameterMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ParameterMismatchException(String message) {
    super(message);
  }
}
