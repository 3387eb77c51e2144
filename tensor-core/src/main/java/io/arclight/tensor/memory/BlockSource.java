package io.arclight.tensor.memory;

/** Where storages get host memory instead of the allocator: how tests guard every buffer. */
interface BlockSource {
  /** Memory at {@code address}; {@code release} gives it back, on any thread. */
  record Block(long address, Runnable release) {}

  Block take(long bytes);
}
