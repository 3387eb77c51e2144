package io.arclight.spark.feed;

import io.arclight.spark.internal.ArrowMemory;
import java.util.List;
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

  List<Field> fields() {
    return fields;
  }

  /** Memory for {@code rows} rows, to be given back by {@link #release}. */
  synchronized RowBlock block(int rows) {
    RowBlock block = new RowBlock(fields, rows, allocator);
    users++;
    return block;
  }

  synchronized void release(RowBlock block) {
    block.close();
    leave();
  }

  @Override
  public synchronized void close() {
    leave();
  }

  private void leave() {
    users--;
    if (users == 0) {
      allocator.close();
    }
  }
}
