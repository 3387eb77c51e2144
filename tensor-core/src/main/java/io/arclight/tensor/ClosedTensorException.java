package io.arclight.tensor;

/** Use of a tensor whose memory has been given back. */
public final class ClosedTensorException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public ClosedTensorException(String message) {
    super(message);
  }
}
