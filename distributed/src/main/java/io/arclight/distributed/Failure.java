package io.arclight.distributed;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Why a communicator can no longer be used.
 *
 * @param culprit the rank whose fault it is, or −1
 * @param reporter the rank that found it
 */
record Failure(Reason reason, int culprit, int reporter, String detail) {
  private static final int FIXED_BYTES = 3 * Integer.BYTES;

  /** What kind of failure, which fixes the exception's type. */
  enum Reason {
    MISMATCH("ranks disagree"),
    DEAD_PEER("a peer is gone"),
    SILENT_PEER("a peer is silent"),
    TIMEOUT("timed out"),
    CLOSED("communicator closed");

    private final String label;

    Reason(String label) {
      this.label = label;
    }
  }

  /** The exception that the caller of {@code request} gets on {@code rank}. */
  CollectiveException exception(int rank, Request request, String flightRecord) {
    StringBuilder message =
        new StringBuilder()
            .append("rank ")
            .append(rank)
            .append(": ")
            .append(request.describe())
            .append(" failed, ")
            .append(reason.label)
            .append(": ")
            .append(detail);
    if (reporter != rank) {
      message.append(" (found by rank ").append(reporter).append(')');
    }
    message.append("\nflight record of rank ").append(rank).append(":\n").append(flightRecord);
    CollectiveException.Details details =
        new CollectiveException.Details(
            rank,
            culprit,
            request.operation(),
            request.sequence(),
            request.dtype(),
            request.count(),
            flightRecord);
    String text = message.toString();
    return switch (reason) {
      case MISMATCH -> new CollectiveMismatchException(text, details);
      case DEAD_PEER -> new DeadPeerException(text, details);
      case SILENT_PEER -> new SilentPeerException(text, details);
      case TIMEOUT -> new CollectiveTimeoutException(text, details);
      case CLOSED -> new CommunicatorClosedException(text, details);
    };
  }

  /** For a frame of at most {@code cap} bytes; a longer text is cut. */
  byte[] encode(int cap) {
    byte[] text = detail.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, cap - FIXED_BYTES);
    return ByteBuffer.allocate(FIXED_BYTES + length)
        .putInt(reason.ordinal())
        .putInt(culprit)
        .putInt(reporter)
        .put(text, 0, length)
        .array();
  }

  /** What another rank has told {@code rank}. */
  static Failure decode(byte[] payload, int rank) {
    if (payload.length < FIXED_BYTES) {
      return new Failure(Reason.DEAD_PEER, Request.NO_PEER, rank, "an abort cut short");
    }
    ByteBuffer fields = ByteBuffer.wrap(payload);
    int reason = fields.getInt();
    boolean known = reason >= 0 && reason < Reason.values().length;
    return new Failure(
        known ? Reason.values()[reason] : Reason.DEAD_PEER,
        fields.getInt(),
        fields.getInt(),
        StandardCharsets.UTF_8.decode(fields).toString());
  }
}
