package io.arclight.distributed;

/**
 * Why a communicator can no longer be used.
 *
 * @param culprit the rank whose fault it is, or −1
 * @param reporter the rank that found it
 */
record Failure(Reason reason, int culprit, int reporter, String detail) {
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
}
