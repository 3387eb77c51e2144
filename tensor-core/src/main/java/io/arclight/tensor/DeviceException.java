package io.arclight.tensor;

/** A device that is absent or tensors on different devices. */
public final class DeviceException extends TensorException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, why, and what to do. */
  public DeviceException(String message) {
    super(message);
  }
}
