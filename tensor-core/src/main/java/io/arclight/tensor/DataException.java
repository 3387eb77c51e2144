package io.arclight.tensor;

/** Run-time data that a kernel cannot take, such as an index out of range. */
public final class DataException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public DataException(String message) {
    super(message);
  }
}
