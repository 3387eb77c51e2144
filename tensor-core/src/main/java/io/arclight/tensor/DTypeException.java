package io.arclight.tensor;

/** Dtypes that an operation cannot take. */
public final class DTypeException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public DTypeException(String message) {
    super(message);
  }
}
