package io.arclight.distributed;

/** An operation was not complete within the collective timeout. */
public final class CollectiveTimeoutException extends CollectiveException {
  private static final long serialVersionUID = 1L;

  CollectiveTimeoutException(String message, Details details) {
    super(message, details);
  }
}
