package io.arclight.autograd;

import io.arclight.tensor.Device;
import io.arclight.tensor.SavedTensorHooks;
import io.arclight.tensor.Tensor;

/** Moves saved tensors to host memory until backward. */
final class SaveOnCpu implements SavedTensorHooks {
  private record Moved(Tensor tensor, Device device) {}

  @Override
  public Object pack(Tensor tensor) {
    // A copy on the CPU too: later changes in place must not reach it.
    boolean there = tensor.device().equals(Device.CPU);
    return new Moved(there ? tensor.copy() : tensor.to(Device.CPU), tensor.device());
  }

  @Override
  public Tensor unpack(Object packed) {
    Moved moved = (Moved) packed;
    return moved.tensor.to(moved.device);
  }
}
