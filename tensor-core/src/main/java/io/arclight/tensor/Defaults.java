package io.arclight.tensor;

import io.arclight.tensor.op.Scalars;

/** The dtype and device of tensors that are created without saying. */
public final class Defaults {
  private static volatile DType dtype = DType.FLOAT32;
  private static final ThreadLocal<Device> DEVICE = ThreadLocal.withInitial(() -> Device.CPU);

  private Defaults() {}

  /** The floating-point dtype that Java numbers become; float32 unless set. */
  public static DType dtype() {
    return dtype;
  }

  /**
   * Sets the dtype of the whole process, as {@code torch.set_default_dtype}.
   *
   * @throws DTypeException unless it is floating-point
   */
  public static void dtype(DType next) {
    if (!next.isFloatingPoint()) {
      throw new DTypeException("the default dtype must be floating-point, not " + next);
    }
    dtype = next;
  }

  /** The device of this thread; cpu unless set. */
  public static Device device() {
    return DEVICE.get();
  }

  /** Sets the device of this thread, as {@code torch.set_default_device}. */
  public static void device(Device next) {
    DEVICE.set(next);
  }

  /** int64 for integers, else {@link #dtype()}. */
  static DType dtype(Number value) {
    return Scalars.dtype(value);
  }
}
