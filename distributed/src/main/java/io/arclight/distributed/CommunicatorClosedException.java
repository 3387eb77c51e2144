package io.arclight.distributed;

/** The communicator was closed on this rank, or its waiting thread was interrupted. */
public final class CommunicatorClosedException extends CollectiveException {
  private static final long serialVersionUID = 1L;

  CommunicatorClosedException(String message, Details details) {
    super(message, details);
  }
}
