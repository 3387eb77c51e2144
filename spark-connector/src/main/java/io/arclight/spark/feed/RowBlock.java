package io.arclight.spark.feed;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.spark.unsafe.Platform;

/**
 * Rows in Arrow memory: for each field a row-major matrix, and an id for each row. Of rows that are
 * still in a {@link Spool} only the ids are here.
 */
final class RowBlock implements AutoCloseable {
  private static final long HERE = -1;

  private final int capacity;
  private final int[] rowBytes;
  private final ArrowBuf[] buffers;
  private final long[] addresses;

  /** By row, where in the spool it is; null when all are here. */
  private long[] spooled;

  RowBlock(List<Field> fields, int capacity, BufferAllocator allocator) {
    this.capacity = capacity;
    int n = fields.size();
    rowBytes = new int[n + 1];
    buffers = new ArrowBuf[n + 1];
    addresses = new long[n + 1];
    try {
      for (int f = 0; f <= n; f++) {
        rowBytes[f] = f == n ? Long.BYTES : fields.get(f).rowBytes();
        buffers[f] = allocator.buffer(Math.max(1L, (long) rowBytes[f] * capacity));
        addresses[f] = buffers[f].memoryAddress();
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  int capacity() {
    return capacity;
  }

  /** Fields and, after them, the ids. */
  int columns() {
    return rowBytes.length;
  }

  /** Frees one column. */
  void free(int column) {
    buffers[column].close();
    buffers[column] = null;
  }

  long address(int field, int row) {
    return addresses[field] + (long) rowBytes[field] * row;
  }

  /** The memory of {@code count} rows of a field, whose bytes are as the machine has them. */
  ByteBuffer bytes(int field, int row, int count) {
    return buffers[field].nioBuffer((long) rowBytes[field] * row, rowBytes[field] * count);
  }

  void id(int row, long id) {
    Platform.putLong(null, address(columns() - 1, row), id);
  }

  long id(int row) {
    return Platform.getLong(null, address(columns() - 1, row));
  }

  /** Says that {@code count} rows from {@code row} on are in the spool, from its row {@code at}. */
  void refer(int row, int count, long at) {
    if (spooled == null) {
      spooled = new long[capacity];
      Arrays.fill(spooled, HERE);
    }
    for (int i = 0; i < count; i++) {
      spooled[row + i] = at + i;
    }
  }

  /** Says that all rows are here. */
  void settle() {
    spooled = null;
  }

  boolean settled() {
    return spooled == null;
  }

  boolean isHere(int row) {
    return spooled == null || spooled[row] == HERE;
  }

  /** Where in the spool a row is that is not here. */
  long spooled(int row) {
    return spooled[row];
  }

  /** Copies a row within this block. */
  void move(int from, int to) {
    copy(from, this, to);
  }

  /** Copies a row that is here. */
  void copy(int from, RowBlock to, int at) {
    for (int f = 0; f < rowBytes.length; f++) {
      Platform.copyMemory(null, address(f, from), null, to.address(f, at), rowBytes[f]);
    }
  }

  /**
   * Copies {@code count} rows that are here, in the order of {@code order} from {@code start}, to
   * {@code to}.
   */
  void gather(int[] order, int start, int count, RowBlock to, int at) {
    for (int f = 0; f < rowBytes.length; f++) {
      int bytes = rowBytes[f];
      long target = to.address(f, at);
      for (int i = 0; i < count; i++, target += bytes) {
        long source = address(f, order[start + i]);
        if (bytes == Long.BYTES) {
          Platform.putLong(null, target, Platform.getLong(null, source));
        } else {
          Platform.copyMemory(null, source, null, target, bytes);
        }
      }
    }
  }

  @Override
  public void close() {
    for (int f = 0; f < buffers.length; f++) {
      if (buffers[f] != null) {
        free(f);
      }
    }
  }
}
