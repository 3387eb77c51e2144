package io.arclight.data;

/** A sample could not be had; the cause says why. */
public final class SampleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long index;

  SampleException(long index, Throwable cause) {
    super("sample " + index + ": " + cause, cause);
    this.index = index;
  }

  /** The index in the data set, or the number in the stream. */
  public long index() {
    return index;
  }
}
