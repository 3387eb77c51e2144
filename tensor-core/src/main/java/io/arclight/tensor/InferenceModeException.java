package io.arclight.tensor;

/** A tensor made in inference mode where gradients are recorded. */
public final class InferenceModeException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public InferenceModeException(String message) {
    super(message);
  }

  static InferenceModeException of(String op, String what, Tensor t) {
    return new InferenceModeException(
        op
            + ": "
            + what
            + " of "
            + t.dtype()
            + " "
            + t.shape()
            + " was made in inference mode, so its changes are not counted and gradients cannot"
            + " rely on it: copy() it outside of inference mode first, or use noGrad() there");
  }
}
