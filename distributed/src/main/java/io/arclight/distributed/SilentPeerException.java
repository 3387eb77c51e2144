package io.arclight.distributed;

/** A rank's connection is open but nothing has come from it for the heartbeat limit. */
public final class SilentPeerException extends CollectiveException {
  private static final long serialVersionUID = 1L;

  SilentPeerException(String message, Details details) {
    super(message, details);
  }
}
