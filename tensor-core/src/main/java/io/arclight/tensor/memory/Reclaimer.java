package io.arclight.tensor.memory;

import io.arclight.tensor.Device;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.function.Consumer;

/**
 * Frees the memory of a {@link Storage} that became unreachable. Reclaimers wait in striped linked
 * lists; whoever allocates next frees what the collector found, no thread of ours is needed.
 */
final class Reclaimer extends PhantomReference<Storage> {
  private static final ReferenceQueue<Storage> QUEUE = new ReferenceQueue<>();
  private static final int AT_ONCE = 256;
  private static final Reclaimer[] STRIPES = new Reclaimer[16];

  static {
    for (int i = 0; i < STRIPES.length; i++) {
      STRIPES[i] = new Reclaimer();
    }
  }

  final Device device;
  final long bytes;
  final String tag;
  volatile String module;
  private final MemoryPeaks.Entry peaks;
  final AllocationSite site;
  private final long address;
  private final Runnable release;
  private final Reclaimer stripe;
  private Reclaimer previous;
  private Reclaimer next;

  private Reclaimer() {
    super(null, QUEUE);
    device = Device.CPU;
    bytes = 0;
    tag = "";
    module = "";
    peaks = null;
    site = null;
    address = 0;
    release = null;
    stripe = this;
    previous = this;
    next = this;
  }

  Reclaimer(Storage storage, long address, Runnable release) {
    super(storage, QUEUE);
    this.device = storage.device();
    this.bytes = storage.bytes();
    this.tag = storage.tag();
    this.module = storage.module();
    this.peaks = storage.peaks();
    this.site = storage.site();
    this.address = address;
    this.release = release;
    stripe = STRIPES[(int) Thread.currentThread().getId() & (STRIPES.length - 1)];
    synchronized (stripe) {
      previous = stripe;
      next = stripe.next;
      next.previous = this;
      stripe.next = this;
    }
  }

  /** Forgets the storage: it was freed by its owner. */
  void cancel() {
    clear();
    unlink();
  }

  private void unlink() {
    synchronized (stripe) {
      previous.next = next;
      next.previous = previous;
    }
  }

  /** Frees what the collector found so far, at most a few hundred storages; says how many. */
  static int drain(ThreadMemory local) {
    int freed = 0;
    for (Reclaimer r = (Reclaimer) QUEUE.poll(); r != null; r = (Reclaimer) QUEUE.poll()) {
      r.unlink();
      Storage.free(r.device, r.address, r.bytes, r.release, r.peaks, local);
      if (++freed == AT_ONCE) {
        break;
      }
    }
    return freed;
  }

  /** Visits the storages that the collector watches. */
  static void forEach(Consumer<Reclaimer> action) {
    for (Reclaimer stripe : STRIPES) {
      synchronized (stripe) {
        for (Reclaimer r = stripe.next; r != stripe; r = r.next) {
          action.accept(r);
        }
      }
    }
  }
}
