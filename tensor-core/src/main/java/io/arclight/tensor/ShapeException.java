package io.arclight.tensor;

/** Shapes that an operation cannot take. */
public final class ShapeException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public ShapeException(String message) {
    super(message);
  }
}
