package io.arclight.distributed;

/** The ranks could not connect to each other: wrong secret, run, epoch or address, or too late. */
public final class RendezvousException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RendezvousException(String message) {
    super(message);
  }

  RendezvousException(String message, Throwable cause) {
    super(message, cause);
  }
}
