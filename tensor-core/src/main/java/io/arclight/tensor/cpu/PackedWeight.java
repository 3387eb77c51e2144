package io.arclight.tensor.cpu;

import io.arclight.tensor.Device;
import io.arclight.tensor.memory.Storage;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A convolution's weight that never changes, in the layouts in which the library reads it, each
 * made once. Batches of most sizes share one. Any number of threads may use it.
 */
public final class PackedWeight implements AutoCloseable {
  /** Layouts kept; calls that want yet another pack for themselves. */
  private static final int MOST = 2;

  private volatile Map<ByteBuffer, Storage> made = Map.of();
  private boolean closed;

  /**
   * The weight in {@code layout}, which {@code pack} writes where it is not there yet; null where
   * the call is to pack for itself.
   */
  Storage in(ByteBuffer layout, long bytes, LongConsumer pack) {
    Storage known = made.get(layout);
    return known != null ? known : make(layout, bytes, pack);
  }

  private synchronized Storage make(ByteBuffer layout, long bytes, LongConsumer pack) {
    Storage known = made.get(layout);
    if (known != null || closed || made.size() == MOST) {
      return known;
    }
    Storage memory = Storage.allocate(Device.CPU, bytes, "packed weight");
    pack.accept(memory.address());
    memory.keep();
    Map<ByteBuffer, Storage> more = new HashMap<>(made);
    more.put(layout, memory);
    made = more;
    return memory;
  }

  /** Bytes of all layouts. */
  public long bytes() {
    return made.values().stream().mapToLong(Storage::bytes).sum();
  }

  /** Gives the memory back; calls after it pack for themselves. */
  @Override
  public synchronized void close() {
    closed = true;
    made.values().forEach(Storage::close);
    made = Map.of();
  }
}
