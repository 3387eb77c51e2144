package io.arclight.tensor;

/** Run-time data that a kernel cannot take, such as an index out of range. */
public final class DataException extends TensorException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }
}
