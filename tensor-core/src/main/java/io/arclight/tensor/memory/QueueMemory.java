package io.arclight.tensor.memory;

/**
 * Memory of {@code Device.QUEUE}: its addresses carry a tag that makes them non-canonical, so that
 * a read or write from host code faults at once instead of working by luck. Work on the queue
 * retains the storages it uses.
 */
public final class QueueMemory {
  private static final long TAG = 1L << 62;

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

  static long tag(long address) {
    return address | TAG;
  }
}
