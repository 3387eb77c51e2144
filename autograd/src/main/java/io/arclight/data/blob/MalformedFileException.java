package io.arclight.data.blob;

import java.io.IOException;

/** A file is not what its format demands; nothing of it was used. */
public final class MalformedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  public MalformedFileException(String message) {
    super(message);
  }

  public MalformedFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
