package io.arclight.spark.sql;

import io.arclight.export.Program;
import io.arclight.tensor.memory.Memory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * The models of a JVM: each version is loaded once, shared by tasks that count their use, and given
 * back when nobody has used it for a while, or when memory runs short.
 */
final class ModelCache {
  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final Duration CHECK = Duration.ofSeconds(30);

  /** Share of the memory limit above which idle models go at once. */
  private static final double SHORT = 0.7;

  private static final Map<String, Entry> ENTRIES = new HashMap<>();
  private static boolean watched;

  private ModelCache() {}

  private static final class Entry {
    private Program program;
    private RuntimeException failure;
    private int uses;
    private long idleSince;
  }

  /** A use of a model, to be closed. */
  static final class Lease implements AutoCloseable {
    private final Entry entry;
    private boolean closed;

    private Lease(Entry entry) {
      this.entry = entry;
    }

    Program program() {
      return entry.program;
    }

    @Override
    public void close() {
      synchronized (ENTRIES) {
        if (!closed) {
          closed = true;
          entry.uses--;
          entry.idleSince = System.nanoTime();
        }
      }
    }
  }

  static Lease lease(ModelVersion version) {
    Entry entry;
    synchronized (ENTRIES) {
      entry = ENTRIES.computeIfAbsent(version.hash(), h -> new Entry());
      entry.uses++;
      watch();
    }
    Lease lease = new Lease(entry);
    // Loading excludes only those who wait for the same version.
    synchronized (entry) {
      if (entry.program == null && entry.failure == null) {
        evictIdle();
        try {
          entry.program = version.load();
        } catch (RuntimeException e) {
          entry.failure = e;
        }
      }
    }
    if (entry.failure != null) {
      lease.close();
      synchronized (ENTRIES) {
        ENTRIES.remove(version.hash(), entry);
      }
      throw entry.failure;
    }
    return lease;
  }

  private static void evictIdle() {
    evict(Memory.liveBytes() > SHORT * Memory.limit() ? Duration.ZERO : IDLE);
  }

  /** Gives back what nobody has used for {@code idle}. */
  static void evict(Duration idle) {
    long now = System.nanoTime();
    synchronized (ENTRIES) {
      Iterator<Entry> all = ENTRIES.values().iterator();
      while (all.hasNext()) {
        Entry entry = all.next();
        if (entry.uses == 0 && entry.program != null && now - entry.idleSince >= idle.toNanos()) {
          all.remove();
          entry.program.close();
        }
      }
    }
  }

  /** Looks for idle models from time to time while there are models. */
  private static void watch() {
    if (watched) {
      return;
    }
    watched = true;
    // No inherited thread locals or class loader: the thread outlives the caller's application.
    Thread thread = new Thread(null, ModelCache::keepWatch, "arclight-models", 0, false);
    thread.setContextClassLoader(ModelCache.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  private static void keepWatch() {
    try {
      for (boolean some = true; some; ) {
        Thread.sleep(CHECK.toMillis());
        evictIdle();
        synchronized (ENTRIES) {
          some = !ENTRIES.isEmpty();
          watched = some;
        }
      }
    } catch (InterruptedException e) {
      synchronized (ENTRIES) {
        watched = false;
      }
    }
  }

  /** Uses under way in this JVM. */
  static int uses() {
    synchronized (ENTRIES) {
      return ENTRIES.values().stream().mapToInt(e -> e.uses).sum();
    }
  }

  /** Versions that are loaded in this JVM. */
  static int loaded() {
    synchronized (ENTRIES) {
      return ENTRIES.size();
    }
  }
}
