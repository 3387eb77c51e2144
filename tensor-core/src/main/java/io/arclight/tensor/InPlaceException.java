package io.arclight.tensor;

/** A change in place that gradients cannot follow, or that spoilt what a gradient needs. */
public final class InPlaceException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public InPlaceException(String message) {
    super(message);
  }
}
