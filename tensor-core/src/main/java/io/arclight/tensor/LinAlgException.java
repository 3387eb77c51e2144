package io.arclight.tensor;

/** A matrix that an algorithm of linear algebra cannot take, such as a singular one. */
public final class LinAlgException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public LinAlgException(String message) {
    super(message);
  }
}
