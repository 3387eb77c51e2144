package io.arclight.distributed;

import io.arclight.tensor.DType;

/**
 * An operation of a communicator failed; the communicator is of no more use and training restarts
 * from its last checkpoint. The subclass says what happened.
 */
public abstract class CollectiveException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * What failed and where.
   *
   * @param rank the rank that this exception was raised on
   * @param culprit the rank that caused the failure, −1 if none or unknown
   * @param flightRecord the last operations of this rank, as text
   */
  public record Details(
      int rank,
      int culprit,
      Operation operation,
      long sequence,
      DType dtype,
      long count,
      String flightRecord)
      implements java.io.Serializable {}

  private final Details details;

  CollectiveException(String message, Details details) {
    super(message);
    this.details = details;
  }

  /** What failed, where and with whom. */
  public Details details() {
    return details;
  }
}
