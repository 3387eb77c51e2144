package io.arclight.tensor.memory;

import io.arclight.tensor.ClosedTensorException;
import io.arclight.tensor.Device;
import io.arclight.tensor.DeviceException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import org.slf4j.LoggerFactory;

/**
 * One block of device memory, shared by all views of it.
 *
 * <p>A storage has one owner, the innermost {@link Scope} open when it was created or else the
 * garbage collector, which holds one count; library code that needs the memory longer adds counts
 * by {@link #retain()}. It is freed when the last count goes, and at the latest when it becomes
 * unreachable.
 */
public final class Storage {
  private enum Owner {
    COLLECTOR,
    SCOPE_ENDED,
    CLOSED
  }

  private static final long FREED = -1;
  private static final VarHandle COUNT;
  private static final VarHandle OWNER;

  /** Null: the allocator. To be set before anything is allocated. */
  static BlockSource source;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      COUNT = lookup.findVarHandle(Storage.class, "count", int.class);
      OWNER = lookup.findVarHandle(Storage.class, "owner", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Device device;
  private final long bytes;
  private final String tag;
  private String module;
  private final MemoryPeaks.Entry peaks;
  private final AllocationSite site;
  private final Runnable release;
  private long address;
  private volatile int count = 1;
  private volatile Object owner;
  private Reclaimer reclaimer;
  private int version;
  private String changedBy;
  private Throwable changedAt;
  private boolean inference;

  /** Place in the list of the owning scope, which alone uses it. */
  int index;

  private Storage(
      Device device, long address, long bytes, String tag, Runnable release, ThreadMemory local) {
    this.device = device;
    this.address = address;
    this.bytes = bytes;
    this.tag = tag;
    this.release = release;
    this.site = local.site();
    module = local.module;
    peaks = MemoryPeaks.count(tag, module, bytes);
    local.count(bytes, 1);
    local.allocated += bytes;
    Scope scope = local.innermost();
    if (scope != null) {
      owner = scope;
      scope.add(this);
    } else {
      owner = Owner.COLLECTOR;
      watch();
    }
  }

  /** Uninitialised memory of {@code bytes} bytes, aligned to 64 bytes. */
  public static Storage allocate(Device device, long bytes) {
    return allocate(device, bytes, "tensor");
  }

  /**
   * Uninitialised memory of {@code bytes} bytes, aligned to 64 bytes.
   *
   * @param tag who asks, such as an op's name, for the reports of {@link Memory}
   * @throws io.arclight.tensor.OutOfMemoryException over the limit, with a table of who holds what
   * @throws DeviceException if the device is absent
   */
  public static Storage allocate(Device device, long bytes, String tag) {
    if (bytes < 0 || bytes > SizeClass.MAX_BYTES) {
      throw new IllegalArgumentException(
          "cannot allocate "
              + bytes
              + " bytes for '"
              + tag
              + "': a size is 0 to "
              + SizeClass.MAX_BYTES
              + "; check the shape");
    }
    if (device.kind() == Device.Kind.CUDA) {
      throw new DeviceException(
          "device " + device + " is not available: this build has no CUDA; use cpu");
    }
    ThreadMemory local = ThreadMemory.current();
    long address;
    Runnable release = null;
    if (source == null) {
      address = local.allocate(bytes);
    } else {
      Reclaimer.drain(local);
      BlockSource.Block block = source.take(bytes);
      address = block.address();
      release = block.release();
    }
    boolean queue = device.kind() == Device.Kind.QUEUE;
    return new Storage(
        device, queue ? QueueMemory.tag(address) : address, bytes, tag, release, local);
  }

  /**
   * Wraps memory of somebody else, such as an Arrow buffer, without copying. It does not count
   * against the limit.
   *
   * @param release called once when the storage is freed, on any thread
   */
  public static Storage adopt(Device device, long address, long bytes, Runnable release) {
    ThreadMemory local = ThreadMemory.current();
    Reclaimer.drain(local);
    return new Storage(device, address, bytes, "adopted", release, local);
  }

  /**
   * Where the memory begins. The caller keeps this storage reachable while it uses the address.
   *
   * @throws ClosedTensorException after the memory was freed
   */
  public long address() {
    long result = address;
    if (result == FREED) {
      throw closed();
    }
    return result;
  }

  /** Its size. */
  public long bytes() {
    return bytes;
  }

  /** Where it lies. */
  public Device device() {
    return device;
  }

  /** Who asked for the memory, such as an op's name. */
  public String tag() {
    return tag;
  }

  /** The module that was running when it was made, empty for none. */
  public String module() {
    return module;
  }

  /** Says which module it belongs to, such as a parameter's. */
  public void module(String path) {
    module = path;
    if (reclaimer != null) {
      reclaimer.module = path;
    }
  }

  MemoryPeaks.Entry peaks() {
    return peaks;
  }

  /** How often the contents were changed in place. */
  public int version() {
    return version;
  }

  /**
   * Says that the contents were changed in place.
   *
   * @param by what did it, for the error of a gradient that needed the old contents
   */
  public void bumpVersion(String by) {
    bumpVersion(by, null);
  }

  /**
   * As {@link #bumpVersion(String)}.
   *
   * @param at the Java frame of the change, or null
   */
  public void bumpVersion(String by, Throwable at) {
    version++;
    changedBy = by;
    changedAt = at;
  }

  /** What changed the contents last, null if nothing did. */
  public String changedBy() {
    return changedBy;
  }

  /** Where the contents were changed last, if that was in anomaly mode. */
  public Throwable changedAt() {
    return changedAt;
  }

  /** Whether it was made in inference mode, so that no gradient rule may rely on its contents. */
  public boolean isInference() {
    return inference;
  }

  public void markInference() {
    inference = true;
  }

  public boolean isClosed() {
    return address == FREED;
  }

  /** Adds a count: the memory stays until the matching {@link #release()}. */
  public void retain() {
    if ((int) COUNT.getAndAdd(this, 1) <= 0) {
      COUNT.getAndAdd(this, -1);
      throw closed();
    }
  }

  /** Gives back a count that {@link #retain()} added; the last one frees the memory. */
  public void release() {
    int before = (int) COUNT.getAndAdd(this, -1);
    if (before <= 0 || (before == 1 && isOwner(owner))) {
      COUNT.getAndAdd(this, 1);
      throw new IllegalStateException(describe() + " was released more often than retained");
    }
    if (before == 1) {
      free(ThreadMemory.current());
    }
  }

  /** Whether its scope has ended and one {@link #retain()} alone holds it. */
  public boolean isHeldOnce() {
    return owner == Owner.SCOPE_ENDED && count == 1;
  }

  /** Moves the ownership from the scope to the garbage collector: the memory outlives the scope. */
  public void keep() {
    while (true) {
      Object holder = owner;
      if (holder == Owner.COLLECTOR) {
        return;
      }
      if (holder instanceof Scope) {
        watch();
        if (OWNER.compareAndSet(this, holder, Owner.COLLECTOR)) {
          ((Scope) holder).forget(this);
          return;
        }
      } else {
        // The owner has gone and others retain the memory: own it again.
        retain();
        watch();
        if (OWNER.compareAndSet(this, holder, Owner.COLLECTOR)) {
          return;
        }
        COUNT.getAndAdd(this, -1);
      }
    }
  }

  /** Ends the ownership now; the memory is freed unless it is retained. May be called again. */
  public void close() {
    for (Object holder = owner; isOwner(holder); holder = owner) {
      if (OWNER.compareAndSet(this, holder, Owner.CLOSED)) {
        if (holder instanceof Scope) {
          ((Scope) holder).forget(this);
        }
        dropOwner(ThreadMemory.current());
        return;
      }
    }
  }

  /** The scope ends: it gives up its count if it still owns this storage. */
  void endOf(Scope scope, ThreadMemory local) {
    if (OWNER.compareAndSet(this, scope, Owner.SCOPE_ENDED)) {
      dropOwner(local);
    }
  }

  private static boolean isOwner(Object holder) {
    return holder == Owner.COLLECTOR || holder instanceof Scope;
  }

  boolean isOwnedBy(Scope scope) {
    return owner == scope;
  }

  boolean isWatched() {
    return reclaimer != null;
  }

  /** Hands the ownership from the collector or scope {@code from} to {@code to}. */
  boolean move(Scope from, Scope to) {
    return OWNER.compareAndSet(this, from == null ? Owner.COLLECTOR : from, to);
  }

  AllocationSite site() {
    return site;
  }

  static void free(
      Device device,
      long address,
      long bytes,
      Runnable release,
      MemoryPeaks.Entry peaks,
      ThreadMemory local) {
    local.count(-bytes, -1);
    if (peaks != null) {
      peaks.add(-bytes);
    }
    if (release != null) {
      try {
        release.run();
      } catch (RuntimeException e) {
        // Thrown here it would hit whoever allocates next, not the one who is wrong.
        LoggerFactory.getLogger(Storage.class)
            .error("the release of {} adopted bytes on {} failed", bytes, device, e);
      }
      return;
    }
    switch (device.kind()) {
      case CPU -> local.free(address);
      case QUEUE -> local.free(QueueMemory.real(address));
      case CUDA -> throw new AssertionError(device);
    }
  }

  private void dropOwner(ThreadMemory local) {
    if (count > 1) {
      watch();
    }
    if ((int) COUNT.getAndAdd(this, -1) == 1) {
      free(local);
    }
  }

  private void free(ThreadMemory local) {
    long freed = address;
    address = FREED;
    if (reclaimer != null) {
      reclaimer.cancel();
    }
    free(device, freed, bytes, release, peaks, local);
    // Without this the collector may find the storage, and free it again, before cancel.
    Reference.reachabilityFence(this);
  }

  private void watch() {
    if (reclaimer == null) {
      reclaimer = new Reclaimer(this, address, release);
    }
  }

  private ClosedTensorException closed() {
    String advice =
        owner == Owner.CLOSED
            ? " was closed by close(): do not use it afterwards, or clone it before. "
            : " was closed: it belonged to a Scope that has ended. Return it from Scope.run(...)"
                + " or call keep() before the scope ends. ";
    return new ClosedTensorException(describe() + advice + LeakDetector.where(site));
  }

  private String describe() {
    return "Tensor memory (" + bytes + " bytes on " + device + ", by '" + tag + "')";
  }
}
