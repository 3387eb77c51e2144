package io.arclight.tensor;

/** Root of the errors that tensors raise: what was wrong with the values, why, what to do. */
public class TensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public TensorException(String message) {
    super(message);
  }

  /** Says what was wrong, why, and what to do, and keeps what caused it. */
  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
