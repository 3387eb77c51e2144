package io.arclight.spark.launch;

/** A rank ended with an error; the cause is that error where it could travel to the driver. */
public final class RankFailedException extends LaunchException {
  private static final long serialVersionUID = 1L;

  private final int rank;

  RankFailedException(int rank, String message, Throwable cause) {
    super(message, cause);
    this.rank = rank;
  }

  /** The rank that failed first. */
  public int rank() {
    return rank;
  }
}
