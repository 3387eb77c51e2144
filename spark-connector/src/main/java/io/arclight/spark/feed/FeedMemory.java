package io.arclight.spark.feed;

import io.arclight.data.Batch;
import io.arclight.spark.internal.ArrowMemory;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.BufferAllocator;

/** Arrow memory of a feed, which ends when the feed and the last of its batches are closed. */
final class FeedMemory implements AutoCloseable {
  private final List<Field> fields;
  private final BufferAllocator allocator;
  private int users = 1;

  FeedMemory(String name, List<Field> fields) {
    this.fields = fields;
    this.allocator = ArrowMemory.allocator(name);
  }

  /** Memory for {@code rows} rows, to be given back by {@link #release} or a batch's closing. */
  synchronized RowBlock block(int rows) {
    RowBlock block = new RowBlock(fields, rows, allocator);
    users++;
    return block;
  }

  synchronized void release(RowBlock block) {
    block.close();
    leave();
  }

  /** The block as tensors on {@code device}; on the host they are the block's own memory. */
  Batch batch(RowBlock block, Device device) {
    Batch host = adopt(block);
    if (device.equals(Device.CPU)) {
      return host;
    }
    try (host) {
      return host.to(device);
    }
  }

  @Override
  public synchronized void close() {
    leave();
  }

  private Batch adopt(RowBlock block) {
    AtomicInteger held = new AtomicInteger(block.columns());
    Map<String, Tensor> columns = new LinkedHashMap<>();
    for (int f = 0; f < fields.size(); f++) {
      Field field = fields.get(f);
      Shape shape = field.shape(block.capacity());
      columns.put(field.name(), adopt(block, f, shape, field.dtype(), held));
    }
    Shape ids = Shape.of(block.capacity());
    return new Batch(columns, adopt(block, fields.size(), ids, DType.INT64, held));
  }

  private Tensor adopt(RowBlock block, int column, Shape shape, DType dtype, AtomicInteger held) {
    Runnable release =
        () -> {
          block.free(column);
          if (held.decrementAndGet() == 0) {
            leave();
          }
        };
    return Tensor.adopt(Device.CPU, block.address(column, 0), shape, dtype, release);
  }

  private synchronized void leave() {
    users--;
    if (users == 0) {
      allocator.close();
    }
  }
}
