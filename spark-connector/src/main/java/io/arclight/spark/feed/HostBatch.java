package io.arclight.spark.feed;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Rows of a batch in host memory: for each field a row-major matrix. */
public final class HostBatch implements AutoCloseable {
  private final FeedMemory memory;
  private final RowBlock block;
  private final AtomicBoolean closed = new AtomicBoolean();

  HostBatch(FeedMemory memory, RowBlock block) {
    this.memory = memory;
    this.block = block;
  }

  /** Rows of this rank, possibly 0. */
  public int rows() {
    return block.capacity();
  }

  public List<Field> fields() {
    return memory.fields();
  }

  /** Address of the [rows, ...] matrix of field {@code index}, valid until {@link #close}. */
  public long address(int index) {
    checkOpen();
    return block.address(index, 0);
  }

  /** Address of the rows' int64 ids, which do not depend on ranks or order. */
  public long sampleIds() {
    checkOpen();
    return block.address(memory.fields().size(), 0);
  }

  /** Frees the memory; further calls do nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      memory.release(block);
    }
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new IllegalStateException("the batch is closed and its memory freed");
    }
  }
}
