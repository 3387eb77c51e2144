package io.arclight.tensor;

import io.arclight.tensor.memory.Storage;

/** Small host blocks for argument slots, owned by the garbage collector and not by any scope. */
final class ThreadBlock {
  private ThreadBlock() {}

  static Tensor allocate(long bytes) {
    Storage storage = Storage.allocate(Device.CPU, bytes, "arguments");
    storage.keep();
    return new Tensor(storage, Layout.contiguous(Shape.of(bytes)), DType.UINT8);
  }
}
