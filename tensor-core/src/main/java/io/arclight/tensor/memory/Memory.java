package io.arclight.tensor.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The host memory of all tensors of this process.
 *
 * <p>The limit is {@code -Darclight.memory} (such as {@code 8g}), else 80 % of what the machine or
 * container has beyond the Java heap.
 */
public final class Memory {
  private static final AtomicLong LIVE_BYTES = new AtomicLong();
  private static final AtomicLong LIVE_STORAGES = new AtomicLong();
  private static final AtomicLong PEAK_BYTES = new AtomicLong();

  private Memory() {}

  /** The most bytes that may be taken from the operating system. */
  public static long limit() {
    return Pressure.limit();
  }

  /** Sets {@link #limit()}; memory in use beyond it stays until freed. */
  public static void limit(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("a memory limit of " + bytes + " bytes: must be positive");
    }
    Pressure.limit(bytes);
  }

  /** Bytes in use by storages that are not freed yet, adopted ones included. */
  public static long liveBytes() {
    return LIVE_BYTES.get() + ThreadMemory.unsharedBytes();
  }

  /** Storages that are not freed yet. */
  public static long liveStorages() {
    return LIVE_STORAGES.get() + ThreadMemory.unsharedCount();
  }

  /** The highest {@link #liveBytes()} so far, up to 64 KiB per thread. */
  public static long peakBytes() {
    return Math.max(PEAK_BYTES.get(), liveBytes());
  }

  /** Bytes taken from the operating system, kept blocks included. */
  public static long reservedBytes() {
    return Blocks.reserved();
  }

  /** The path of the module that is running on this thread, empty for none. */
  public static String module() {
    return ThreadMemory.current().module;
  }

  /**
   * Says which module is running on this thread, so that reports can name it.
   *
   * @return what was running before, to be set again
   */
  public static String module(String path) {
    ThreadMemory local = ThreadMemory.current();
    String before = local.module;
    local.module = path;
    return before;
  }

  /** Bytes that this thread has allocated so far, freed ones included. */
  public static long allocatedBytes() {
    return ThreadMemory.current().allocated;
  }

  /** A table of who holds what, largest first, by op and owner. */
  public static String report() {
    return MemoryReport.text();
  }

  /** Runs the garbage collector and frees the memory of all tensors that became unreachable. */
  public static void collect() {
    Pressure.collectAll();
  }

  /** Gives kept blocks back to the operating system. */
  public static void trim() {
    Blocks.trim(Long.MAX_VALUE);
  }

  static void addLive(long bytes, long storages) {
    long live = LIVE_BYTES.addAndGet(bytes);
    if (storages != 0) {
      LIVE_STORAGES.addAndGet(storages);
    }
    if (live > PEAK_BYTES.get()) {
      PEAK_BYTES.accumulateAndGet(live, Math::max);
    }
  }
}
