package io.arclight.tensor;

/** Moves dense tensors between devices. */
public final class Transfer {
  private Transfer() {}

  /** A copy of the contiguous tensor {@code x} on {@code device}. */
  public static Tensor to(Tensor x, Device device) {
    long bytes = x.elements() * x.dtype().bytes();
    Tensor out = Tensor.allocate("to", x.shape(), x.dtype(), device);
    if (bytes == 0) {
      return out;
    }
    if (device.equals(Device.CPU)) {
      Backend.of(x.device()).toHost(x, out.address(), bytes);
    } else if (x.device().equals(Device.CPU)) {
      Backend.of(device).fromHost(x.address(), out, bytes);
    } else {
      return to(to(x, Device.CPU), device);
    }
    return out;
  }
}
