package io.arclight.tensor;

/** Root of the errors that tensors raise: what was wrong with the values, why, what to do. */
public class TensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TensorException(String message) {
    super(message);
  }

  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
