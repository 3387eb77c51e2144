package io.arclight.data.blob;

import java.io.IOException;

/** A file is not what its format demands; nothing of it was used. */
public final class MalformedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public MalformedFileException(String message) {
    super(message);
  }

  /** Says what was wrong, why, and what to do, and keeps what caused it. */
  public MalformedFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
