package io.arclight.tensor.memory;

import java.util.concurrent.Executor;

/**
 * Memory of {@code Device.QUEUE}: its addresses carry a tag that makes them non-canonical, so that
 * a read or write from host code faults at once instead of working by luck.
 */
public final class QueueMemory {
  private static final long TAG = 1L << 62;
  private static volatile Executor order = Runnable::run;

  private QueueMemory() {}

  /** The usable address; only the queue's own thread may ask for it. */
  public static long real(long address) {
    if ((address & TAG) == 0) {
      throw new IllegalArgumentException(
          "address 0x"
              + Long.toHexString(address)
              + " is not of device queue: copy the tensor to the queue first");
    }
    return address & ~TAG;
  }

  /**
   * Sets where blocks are given back: the queue passes an executor that runs a task after all work
   * enqueued before it, so that memory is not reused while older work may still touch it.
   */
  public static void freeOn(Executor executor) {
    order = executor;
  }

  static long tag(long address) {
    return address | TAG;
  }

  static Executor order() {
    return order;
  }
}
