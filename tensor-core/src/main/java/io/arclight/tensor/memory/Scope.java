package io.arclight.tensor.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Owns the memory that its thread creates while it is the innermost open scope, and frees it when
 * it is closed.
 *
 * <pre>{@code
 * Tensor loss = Scope.run(() -> model.forward(x).mean()); // temporaries are freed, the mean stays
 * }</pre>
 */
public final class Scope implements AutoCloseable {
  /** Something that holds storages, such as a tensor. */
  public interface Owner {
    void forEachStorage(Consumer<Storage> action);
  }

  private static final int FIRST_SIZE = 32;
  private static final int LARGEST_SPARE = 1 << 14;

  private final ThreadMemory local;
  private final Scope parent;
  private final AllocationSite site;
  private Storage[] storages;
  private int size;
  private long bytes;
  private long peakBytes;
  private boolean open = true;

  /** Why nobody can close this scope any more; null where somebody can. */
  private volatile String lost;

  private volatile Runnable onceGone;

  private Scope(ThreadMemory local) {
    this.local = local;
    parent = local.innermost();
    site = LeakDetector.level() == LeakDetector.Level.ALL ? new AllocationSite() : null;
    storages = local.spare == null ? new Storage[FIRST_SIZE] : local.spare;
    local.spare = null;
  }

  /** Opens a scope on this thread; close it by try-with-resources. */
  public static Scope open() {
    ThreadMemory local = ThreadMemory.current();
    Scope scope = new Scope(local);
    local.scope = scope;
    return scope;
  }

  /** The innermost open scope of this thread, or null when none is open. */
  public static Scope current() {
    return ThreadMemory.current().innermost();
  }

  /**
   * Runs {@code body} in a scope of its own and hands the memory of its result to the scope around
   * it, or to the garbage collector when there is none.
   *
   * @return the result of {@code body}: its memory is found through {@link Owner}, and through
   *     iterables, arrays and map values of owners
   */
  public static <T> T run(Supplier<T> body) {
    try (Scope scope = open()) {
      T result = body.get();
      scope.passOn(result);
      return result;
    }
  }

  /**
   * Takes over memory that the garbage collector owns, such as a batch made by another thread: it
   * is then freed when this scope closes. Memory of other scopes is left where it is.
   */
  public void take(Owner owner) {
    requireOwnThread("given memory");
    if (!open) {
      throw new IllegalStateException("a closed Scope cannot take memory over: open a new one");
    }
    owner.forEachStorage(
        storage -> {
          if (storage.move(null, this)) {
            add(storage);
          }
        });
  }

  /**
   * Moves what this scope owns of {@code owner} to the garbage collector, and leaves what others
   * own.
   *
   * @return what was moved, for {@link #take} on another thread
   */
  public Owner give(Owner owner) {
    requireOwnThread("asked for memory");
    List<Storage> given = new ArrayList<>();
    owner.forEachStorage(
        storage -> {
          if (storage.isOwnedBy(this)) {
            storage.keep();
            given.add(storage);
          }
        });
    return given::forEach;
  }

  /**
   * Frees what this scope still owns. May be called again.
   *
   * @throws IllegalStateException on another thread than the one that opened it, or (after closing
   *     them too) if scopes opened later are still open
   */
  @Override
  public void close() {
    requireOwnThread("closed");
    if (!open) {
      return;
    }
    Scope inner = local.scope;
    AllocationSite innerSite = inner.site;
    int left = 0;
    for (; inner != this; inner = inner.parent) {
      if (!inner.endIfLost()) {
        inner.end();
        left++;
      }
    }
    end();
    local.scope = parent;
    if (left > 0) {
      String problem =
          "a Scope was closed before " + left + " opened inside it; all are closed now";
      LeakDetector.report(problem, innerSite);
      throw new IllegalStateException(
          problem
              + ". Close scopes in reverse order, by try-with-resources or Scope.run(...). "
              + LeakDetector.where(innerSite));
    }
  }

  /**
   * Says, from any thread, that nobody can close this scope any more. Its own thread then drops it
   * as soon as no other scope is open inside it: what it owns goes to the garbage collector, so
   * that tensors still in use stay.
   *
   * @param why for the warning, which is given once
   * @param then runs on the scope's thread when it is dropped
   */
  public void lose(String why, Runnable then) {
    onceGone = then;
    lost = why;
  }

  /** Whether this scope was lost; it is no more open then. */
  boolean endIfLost() {
    if (lost == null) {
      return false;
    }
    abandon(lost);
    onceGone.run();
    return true;
  }

  void add(Storage storage) {
    if (size == storages.length) {
      storages = Arrays.copyOf(storages, size * 2);
    }
    storage.index = size;
    storages[size++] = storage;
    bytes += storage.bytes();
    if (bytes > peakBytes) {
      peakBytes = bytes;
    }
  }

  long bytes() {
    return bytes;
  }

  long peakBytes() {
    return peakBytes;
  }

  /** Drops a storage that has another owner now; only the scope's thread may touch the list. */
  void forget(Storage storage) {
    if (ThreadMemory.current() != local
        || storage.index >= size
        || storages[storage.index] != storage) {
      return;
    }
    bytes -= storage.bytes();
    Storage last = storages[--size];
    storages[storage.index] = last;
    last.index = storage.index;
    storages[size] = null;
  }

  Scope parent() {
    return parent;
  }

  AllocationSite site() {
    return site;
  }

  /** Gives the memory of a scope that its thread cannot close to the garbage collector. */
  void abandon(String problem) {
    LeakDetector.report(problem, site);
    open = false;
    Storage[] held = Arrays.copyOf(storages, size);
    // To keep a storage changes what the scope holds.
    for (Storage storage : held) {
      if (storage.isOwnedBy(this)) {
        storage.keep();
      }
    }
    Arrays.fill(storages, 0, size, null);
    size = 0;
  }

  /** Visits what the scope owns, from any thread; one that races with its thread may miss some. */
  void forEachOwned(Consumer<Storage> action) {
    Storage[] snapshot = storages;
    for (int i = 0; i < Math.min(size, snapshot.length); i++) {
      Storage storage = snapshot[i];
      if (storage != null && storage.isOwnedBy(this)) {
        action.accept(storage);
      }
    }
  }

  private void end() {
    open = false;
    Storage[] held = storages;
    for (int i = 0; i < size; i++) {
      held[i].endOf(this, local);
      held[i] = null;
    }
    size = 0;
    if (held.length <= LARGEST_SPARE) {
      local.spare = held;
    }
  }

  private void passOn(Object result) {
    if (result instanceof Owner) {
      ((Owner) result).forEachStorage(this::passOn);
    } else if (result instanceof Iterable) {
      ((Iterable<?>) result).forEach(item -> passOn(item));
    } else if (result instanceof Object[]) {
      for (Object item : (Object[]) result) {
        passOn(item);
      }
    } else if (result instanceof Map) {
      ((Map<?, ?>) result).values().forEach(item -> passOn(item));
    }
  }

  private void passOn(Storage storage) {
    if (!storage.isOwnedBy(this)) {
      return;
    }
    if (parent == null) {
      storage.keep();
    } else if (storage.move(this, parent)) {
      forget(storage);
      parent.add(storage);
    }
  }

  private void requireOwnThread(String action) {
    if (ThreadMemory.current() != local) {
      throw new IllegalStateException(
          "a Scope of thread '"
              + local.name()
              + "' cannot be "
              + action
              + " by thread '"
              + Thread.currentThread().getName()
              + "': hand memory over by keep(), and close a scope where it was opened");
    }
  }
}
