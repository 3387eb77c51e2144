package io.arclight.tensor.memory;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The most bytes held at once, in all and by operation and module, of storages made since it began.
 */
final class MemoryPeaks {
  /** Null where nobody asked for peaks, which cost some time an allocation. */
  private static volatile MemoryPeaks active;

  /** Bytes now and at most. */
  private static final class Counter {
    private final AtomicLong live = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();

    private void add(long bytes) {
      long now = live.addAndGet(bytes);
      if (now > peak.get()) {
        peak.accumulateAndGet(now, Math::max);
      }
    }
  }

  /** What a storage counts in. */
  static final class Entry {
    private final Counter op;
    private final Counter module;
    private final Counter all;

    private Entry(Counter op, Counter module, Counter all) {
      this.op = op;
      this.module = module;
      this.all = all;
    }

    void add(long bytes) {
      op.add(bytes);
      module.add(bytes);
      all.add(bytes);
    }
  }

  private final Map<String, Counter> ops = new ConcurrentHashMap<>();
  private final Map<String, Counter> modules = new ConcurrentHashMap<>();
  private final Counter all = new Counter();
  private final MemoryPeaks before;

  private MemoryPeaks(MemoryPeaks before) {
    this.before = before;
  }

  /** Counts from now on; an earlier count goes on when this one stops. */
  static synchronized MemoryPeaks start() {
    MemoryPeaks peaks = new MemoryPeaks(active);
    active = peaks;
    return peaks;
  }

  void stop() {
    synchronized (MemoryPeaks.class) {
      if (active == this) {
        active = before;
      }
    }
  }

  static MemoryPeaks active() {
    return active;
  }

  /** Counts a storage; null where nobody asked. */
  static Entry count(String op, String module, long bytes) {
    MemoryPeaks peaks = active;
    if (peaks == null) {
      return null;
    }
    Entry entry =
        new Entry(
            peaks.ops.computeIfAbsent(op.toLowerCase(Locale.ROOT), k -> new Counter()),
            peaks.modules.computeIfAbsent(module, k -> new Counter()),
            peaks.all);
    entry.add(bytes);
    return entry;
  }

  /** The peak of all together. */
  long total() {
    return all.peak.get();
  }

  /** The peak of an operation, -1 where it was never counted. */
  long ofOp(String op) {
    return of(ops.get(op));
  }

  long ofModule(String module) {
    return of(modules.get(module));
  }

  private static long of(Counter counter) {
    return counter == null ? -1 : counter.peak.get();
  }

  Set<String> opNames() {
    return ops.keySet();
  }

  Set<String> moduleNames() {
    return modules.keySet();
  }
}
