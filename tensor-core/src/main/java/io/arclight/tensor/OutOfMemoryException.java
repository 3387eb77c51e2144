package io.arclight.tensor;

/** The tensor memory limit is reached; the message says who holds what. */
public final class OutOfMemoryException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public OutOfMemoryException(String message) {
    super(message);
  }
}
