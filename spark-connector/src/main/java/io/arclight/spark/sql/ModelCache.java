package io.arclight.spark.sql;

import io.arclight.export.Program;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The models of a JVM: each version is loaded once, shared by tasks that count their use, and given
 * back when nobody has used it for a while.
 */
final class ModelCache {
  private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final Map<String, Entry> ENTRIES = new HashMap<>();

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
      evictIdle(IDLE_NANOS);
      entry = ENTRIES.computeIfAbsent(version.hash(), h -> new Entry());
      entry.uses++;
    }
    Lease lease = new Lease(entry);
    // Loading excludes only those who wait for the same version.
    synchronized (entry) {
      if (entry.program == null && entry.failure == null) {
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

  /** Gives back the models that nobody has used for {@code nanos}. */
  static void evictIdle(long nanos) {
    synchronized (ENTRIES) {
      long now = System.nanoTime();
      Iterator<Entry> all = ENTRIES.values().iterator();
      while (all.hasNext()) {
        Entry entry = all.next();
        if (entry.uses == 0 && entry.program != null && now - entry.idleSince >= nanos) {
          all.remove();
          entry.program.close();
        }
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
