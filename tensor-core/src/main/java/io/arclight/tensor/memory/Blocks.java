package io.arclight.tensor.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The process-wide store of host blocks: takes them from the operating system within the limit,
 * keeps freed ones by size class, gives them back under pressure.
 *
 * <p>Before each block stand two words, its start for {@code free} and its size class; a fresh 40
 * MB block costs five times the addition that fills it, hence the keeping.
 */
final class Blocks {
  private static final int HEADER = 16;
  private static final long OVERHEAD = SizeClass.ALIGNMENT + HEADER;
  private static final long SEAL = 0x41524c49_00000000L;
  private static final long SEAL_MASK = 0xffffffff_00000000L;

  private static final LongStack[] STORE = new LongStack[SizeClass.COUNT];
  private static final AtomicLong RESERVED = new AtomicLong();
  private static final AtomicLong KEPT = new AtomicLong();

  static {
    for (int i = 0; i < STORE.length; i++) {
      STORE[i] = new LongStack();
    }
  }

  private Blocks() {}

  /** Bytes taken from the operating system. */
  static long reserved() {
    return RESERVED.get();
  }

  /** Bytes of {@link #reserved} that wait here for reuse. */
  static long kept() {
    return KEPT.get();
  }

  /** A block of {@code sizeClass}, aligned to 64 bytes, contents undefined. */
  static long allocate(int sizeClass) {
    long block = take(sizeClass);
    if (block != 0) {
      return block;
    }
    long bytes = SizeClass.bytes(sizeClass) + OVERHEAD;
    if (RESERVED.get() - KEPT.get() + bytes > Pressure.collectAt()) {
      Pressure.soften();
      block = take(sizeClass);
    }
    return block != 0 ? block : Pressure.reserve(sizeClass, bytes);
  }

  /** A kept block of {@code sizeClass}, or 0. */
  static long take(int sizeClass) {
    LongStack store = STORE[sizeClass];
    long block;
    synchronized (store) {
      block = store.pop();
    }
    if (block != 0) {
      KEPT.addAndGet(-SizeClass.bytes(sizeClass) - OVERHEAD);
    }
    return block;
  }

  /** Moves up to {@code count} kept blocks of {@code sizeClass} into {@code target}. */
  static void take(int sizeClass, LongStack target, int count) {
    LongStack store = STORE[sizeClass];
    int moved;
    synchronized (store) {
      moved = Math.min(count, store.size());
      for (int i = 0; i < moved; i++) {
        target.push(store.pop());
      }
    }
    if (moved > 0) {
      KEPT.addAndGet(-moved * (SizeClass.bytes(sizeClass) + OVERHEAD));
    }
  }

  /** Keeps {@code count} blocks of {@code source} for reuse, as far as the cap allows. */
  static void keep(int sizeClass, LongStack source, int count) {
    LongStack store = STORE[sizeClass];
    synchronized (store) {
      for (int i = 0; i < count; i++) {
        store.push(source.pop());
      }
    }
    long kept = KEPT.addAndGet(count * (SizeClass.bytes(sizeClass) + OVERHEAD));
    if (kept > Pressure.keepAtMost()) {
      trim(kept - Pressure.keepAtMost());
    }
  }

  static void keep(int sizeClass, long block) {
    LongStack store = STORE[sizeClass];
    synchronized (store) {
      store.push(block);
    }
    long kept = KEPT.addAndGet(SizeClass.bytes(sizeClass) + OVERHEAD);
    if (kept > Pressure.keepAtMost()) {
      trim(kept - Pressure.keepAtMost());
    }
  }

  /** Size class of a block, read from its header. */
  static int sizeClass(long block) {
    long word = HostMemory.int64(block - 8);
    if ((word & SEAL_MASK) != SEAL) {
      throw new IllegalStateException(
          "the words before the block at 0x"
              + Long.toHexString(block)
              + " were overwritten: native code wrote outside its buffer");
    }
    return (int) word;
  }

  /** Gives back kept blocks, big ones first, until {@code bytes} are released or none is left. */
  static void trim(long bytes) {
    long left = bytes;
    for (int i = SizeClass.COUNT - 1; i >= 0 && left > 0; i--) {
      long size = SizeClass.bytes(i) + OVERHEAD;
      for (long block = take(i); block != 0; block = left > 0 ? take(i) : 0) {
        HostMemory.putInt64(block - 8, 0);
        HostMemory.free(HostMemory.int64(block - HEADER));
        RESERVED.addAndGet(-size);
        left -= size;
      }
    }
  }

  /** Counts {@code bytes} as taken unless that would pass {@code limit}. */
  static boolean tryReserve(long bytes, long limit) {
    long reserved = RESERVED.get();
    while (reserved + bytes <= limit) {
      if (RESERVED.compareAndSet(reserved, reserved + bytes)) {
        return true;
      }
      reserved = RESERVED.get();
    }
    return false;
  }

  /** Takes a block whose {@code bytes} are reserved already; 0 when the system has none. */
  static long fresh(int sizeClass, long bytes) {
    long start;
    try {
      start = HostMemory.allocate(bytes);
    } catch (OutOfMemoryError e) {
      RESERVED.addAndGet(-bytes);
      return 0;
    }
    long block = (start + OVERHEAD - 1) & -SizeClass.ALIGNMENT;
    HostMemory.putInt64(block - HEADER, start);
    HostMemory.putInt64(block - 8, SEAL | sizeClass);
    return block;
  }
}
