package io.arclight.tensor.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** What a thread keeps for itself: its open scope, small free blocks, and counts not yet shared. */
final class ThreadMemory {
  private static final ThreadLocal<ThreadMemory> CURRENT =
      ThreadLocal.withInitial(ThreadMemory::register);
  private static final List<ThreadMemory> ALL = new ArrayList<>();

  private static final int BINS = SizeClass.of(32 << 10) + 1;
  private static final int BIN_BYTES = 32 << 10;
  private static final int BIN_BLOCKS = 64;
  private static final long SHARE_BYTES = 64 << 10;
  private static final VarHandle LIVE_BYTES;
  private static final VarHandle LIVE_COUNT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LIVE_BYTES = lookup.findVarHandle(ThreadMemory.class, "liveBytes", long.class);
      LIVE_COUNT = lookup.findVarHandle(ThreadMemory.class, "liveCount", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The innermost open scope of the thread. */
  Scope scope;

  /** The module that is running, empty for none. */
  String module = "";

  /** Bytes allocated so far, freed ones included. */
  long allocated;

  /** An array for the next scope, saved from the last. */
  Storage[] spare;

  private final WeakReference<Thread> thread = new WeakReference<>(Thread.currentThread());
  private final String name = Thread.currentThread().getName();
  private final LongStack[] bins = new LongStack[BINS];
  private long liveBytes;
  private long liveCount;
  private int untilSample = LeakDetector.SAMPLE_EVERY;

  private ThreadMemory() {
    for (int i = 0; i < BINS; i++) {
      bins[i] = new LongStack();
    }
  }

  /** The innermost open scope of the thread, after those that were lost; null when none is open. */
  Scope innermost() {
    while (scope != null && scope.endIfLost()) {
      scope = scope.parent();
    }
    return scope;
  }

  static ThreadMemory current() {
    return CURRENT.get();
  }

  private static ThreadMemory register() {
    reclaimEnded();
    ThreadMemory memory = new ThreadMemory();
    synchronized (ALL) {
      ALL.add(memory);
    }
    return memory;
  }

  /** Takes over what threads that have ended left behind. */
  static void reclaimEnded() {
    List<ThreadMemory> ended = new ArrayList<>();
    synchronized (ALL) {
      for (Iterator<ThreadMemory> i = ALL.iterator(); i.hasNext(); ) {
        ThreadMemory memory = i.next();
        Thread thread = memory.thread.get();
        if (thread == null || !thread.isAlive()) {
          i.remove();
          ended.add(memory);
        }
      }
    }
    ended.forEach(ThreadMemory::dissolve);
  }

  static List<ThreadMemory> all() {
    synchronized (ALL) {
      return List.copyOf(ALL);
    }
  }

  static long unsharedBytes() {
    long sum = 0;
    for (ThreadMemory memory : all()) {
      sum += (long) LIVE_BYTES.getOpaque(memory);
    }
    return sum;
  }

  static long unsharedCount() {
    long sum = 0;
    for (ThreadMemory memory : all()) {
      sum += (long) LIVE_COUNT.getOpaque(memory);
    }
    return sum;
  }

  String name() {
    return name;
  }

  long allocate(long bytes) {
    Reclaimer.drain(this);
    int sizeClass = SizeClass.of(bytes);
    if (sizeClass >= BINS) {
      return Blocks.allocate(sizeClass);
    }
    LongStack bin = bins[sizeClass];
    long block = bin.pop();
    if (block != 0) {
      return block;
    }
    Blocks.take(sizeClass, bin, capacity(sizeClass) / 2);
    block = bin.pop();
    return block != 0 ? block : Blocks.allocate(sizeClass);
  }

  void free(long block) {
    int sizeClass = Blocks.sizeClass(block);
    if (sizeClass >= BINS) {
      Blocks.keep(sizeClass, block);
      return;
    }
    LongStack bin = bins[sizeClass];
    int capacity = capacity(sizeClass);
    if (bin.size() >= capacity) {
      Blocks.keep(sizeClass, bin, capacity / 2);
    }
    bin.push(block);
  }

  void count(long bytes, int storages) {
    long sum = liveBytes + bytes;
    LIVE_COUNT.setOpaque(this, liveCount + storages);
    if (Math.abs(sum) < SHARE_BYTES) {
      LIVE_BYTES.setOpaque(this, sum);
    } else {
      LIVE_BYTES.setOpaque(this, 0L);
      Memory.addLive(sum, 0);
    }
  }

  /** The stack of the allocation going on, when the detector wants it. */
  AllocationSite site() {
    switch (LeakDetector.level()) {
      case OFF:
        return null;
      case SAMPLED:
        if (--untilSample > 0) {
          return null;
        }
        untilSample = LeakDetector.SAMPLE_EVERY;
        return new AllocationSite();
      case ALL:
        return new AllocationSite();
    }
    throw new AssertionError(LeakDetector.level());
  }

  private static int capacity(int sizeClass) {
    return (int) Math.max(2, Math.min(BIN_BLOCKS, BIN_BYTES / SizeClass.bytes(sizeClass)));
  }

  private void dissolve() {
    for (Scope open = scope; open != null; open = open.parent()) {
      open.abandon("thread '" + name + "' ended with an open scope");
    }
    scope = null;
    for (int i = 0; i < BINS; i++) {
      Blocks.keep(i, bins[i], bins[i].size());
    }
    Memory.addLive(liveBytes, liveCount);
  }
}
