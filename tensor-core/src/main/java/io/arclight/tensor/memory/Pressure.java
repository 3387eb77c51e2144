package io.arclight.tensor.memory;

import io.arclight.tensor.OutOfMemoryException;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Keeps host memory under the limit: frees what is unreachable, then what is kept, else fails. */
final class Pressure {
  /** Share of the limit above which unreachable memory is looked for. */
  private static final double SOFT = 0.8;

  private static final int ATTEMPTS = 9;
  private static final int COLLECT_AGAIN = 5;
  private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MARKER_MILLIS = 500;
  private static final Object COLLECT = new Object();

  private static volatile long limit;
  private static volatile long collectAt;
  private static volatile long collections;
  private static long noCollectBefore = System.nanoTime();

  static {
    limit(MemoryLimit.initial());
  }

  private Pressure() {}

  static long limit() {
    return limit;
  }

  static void limit(long bytes) {
    limit = bytes;
    collectAt = (long) (SOFT * bytes);
    long over = Blocks.reserved() - bytes;
    if (over > 0) {
      Blocks.trim(over);
    }
  }

  static long collectAt() {
    return collectAt;
  }

  static long keepAtMost() {
    return limit / 2;
  }

  /** Above the soft limit: frees unreachable memory, collecting at a bounded share of the time. */
  static void soften() {
    ThreadMemory local = ThreadMemory.current();
    ThreadMemory.reclaimEnded();
    drainAll(local);
    if (used() <= collectAt || !collect(false)) {
      return;
    }
    awaitReferences(local);
    // What is left is in use: look again only when half of the room that remains is gone.
    long bytes = limit;
    collectAt = Math.max((long) (SOFT * bytes), used() + Math.max(0, bytes - used()) / 2);
  }

  /** A block within the hard limit; the last resort of {@link Blocks#allocate}. */
  static long reserve(int sizeClass, long bytes) {
    if (Blocks.tryReserve(bytes, limit)) {
      long block = Blocks.fresh(sizeClass, bytes);
      if (block != 0) {
        return block;
      }
    }
    ThreadMemory local = ThreadMemory.current();
    boolean refused = false;
    for (int attempt = 0; attempt <= ATTEMPTS; attempt++) {
      ThreadMemory.reclaimEnded();
      drainAll(local);
      long block = Blocks.take(sizeClass);
      if (block != 0) {
        return block;
      }
      Blocks.trim(refused ? Long.MAX_VALUE : Blocks.reserved() + bytes - limit);
      if (Blocks.tryReserve(bytes, limit)) {
        block = Blocks.fresh(sizeClass, bytes);
        if (block != 0) {
          return block;
        }
        refused = true;
      }
      if (bytes > limit) {
        break;
      }
      if (attempt == 0 || attempt == COLLECT_AGAIN) {
        collect(true);
      } else {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1L << (attempt - 1)));
      }
    }
    throw new OutOfMemoryException(
        "cannot allocate "
            + MemoryReport.bytes(SizeClass.bytes(sizeClass))
            + (refused
                ? ": the operating system has no more memory. "
                : ": the tensor memory limit of " + MemoryReport.bytes(limit) + " is reached. ")
            + "Use smaller batches, open a Scope per step, or raise the limit"
            + " (-Darclight.memory=<bytes, such as 8g> or Memory.limit).\n"
            + MemoryReport.text());
  }

  /** Finds and frees all unreachable memory, as far as one collection and a wait can. */
  static void collectAll() {
    ThreadMemory.reclaimEnded();
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> marker = new WeakReference<>(new Object(), queue);
    collect(true);
    try {
      // Another thread's collection may have come too early for the marker.
      if (queue.remove(MARKER_MILLIS) == null) {
        System.gc();
        queue.remove(MARKER_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Reference.reachabilityFence(marker);
    awaitReferences(ThreadMemory.current());
  }

  private static boolean collect(boolean urgent) {
    long seen = collections;
    synchronized (COLLECT) {
      if (collections != seen) {
        return true;
      }
      long start = System.nanoTime();
      if (!urgent && start - noCollectBefore < 0) {
        return false;
      }
      System.gc();
      long end = System.nanoTime();
      noCollectBefore = end + Math.max(LEAST_PAUSE_NANOS, 2 * (end - start));
      collections = seen + 1;
      return true;
    }
  }

  /**
   * The reference handler enqueues after the collection returns: waits until nothing more comes.
   */
  private static void awaitReferences(ThreadMemory local) {
    int idle = 0;
    while (idle < 3) {
      idle = drainAll(local) > 0 ? 0 : idle + 1;
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private static long drainAll(ThreadMemory local) {
    long sum = 0;
    for (int freed = Reclaimer.drain(local); freed > 0; freed = Reclaimer.drain(local)) {
      sum += freed;
    }
    return sum;
  }

  private static long used() {
    return Blocks.reserved() - Blocks.kept();
  }
}
