package io.arclight.distributed;

/** A rank's process ended, or it closed its communicator while others still needed it. */
public final class DeadPeerException extends CollectiveException {
  private static final long serialVersionUID = 1L;

  DeadPeerException(String message, Details details) {
    super(message, details);
  }
}
