package io.arclight.spark.launch;

/** A rank no longer answers, or never came. */
final class RankLostException extends LaunchException {
  private static final long serialVersionUID = 1L;

  RankLostException(String message) {
    super(message);
  }
}
