package io.arclight.data;

/** Workers could not make a batch, or not in time; the cause is the worker's error. */
public final class DataLoaderException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DataLoaderException(String message, Throwable cause) {
    super(message, cause);
  }
}
