package io.arclight.tensor.cpu;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * What oneDNN compiled, by what it is for; of ever new shapes it is made anew from time to time.
 */
final class OneDnnCache<K, V extends OneDnnCache.Entry> {

  /** Native objects that are freed when they are out of the table and nobody uses them. */
  abstract static class Entry {
    /** The table that holds this, and the calls under way. */
    private int users = 1;

    synchronized boolean enter() {
      if (users == 0) {
        return false;
      }
      users++;
      return true;
    }

    synchronized void leave() {
      users--;
      if (users == 0) {
        free();
      }
    }

    abstract void free();
  }

  private final ConcurrentMap<K, V> entries = new ConcurrentHashMap<>();
  private final Function<K, V> maker;
  private final int most;

  OneDnnCache(int most, Function<K, V> maker) {
    this.most = most;
    this.maker = maker;
  }

  /** The entry, for use until {@link Entry#leave()}. */
  V enter(K key) {
    V entry = entries.get(key);
    while (entry == null || !entry.enter()) {
      if (entries.size() >= most) {
        drop();
      }
      entry = entries.computeIfAbsent(key, maker);
    }
    return entry;
  }

  private void drop() {
    entries.forEach(
        (key, old) -> {
          if (entries.remove(key, old)) {
            old.leave();
          }
        });
  }
}
