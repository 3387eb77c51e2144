package io.arclight.tensor.cpu;

import io.arclight.tensor.Device;
import io.arclight.tensor.memory.Storage;

/** Host memory for the length of a library call. */
final class Scratch implements AutoCloseable {
  private final Storage storage;

  Scratch(long bytes) {
    storage = Storage.allocate(Device.CPU, bytes, "scratch");
  }

  long at() {
    return storage.address();
  }

  @Override
  public void close() {
    storage.close();
  }
}
