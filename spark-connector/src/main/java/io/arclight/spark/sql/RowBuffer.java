package io.arclight.spark.sql;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;

/** Unsafe rows of some fields, copied one behind the other. */
final class RowBuffer {
  private final UnsafeRow row;
  private byte[] bytes = new byte[1 << 14];
  private int[] ends = new int[256];
  private int count;

  RowBuffer(int fields) {
    row = new UnsafeRow(fields);
  }

  void clear() {
    count = 0;
  }

  void add(UnsafeRow next) {
    int start = bytes();
    int end = Math.addExact(start, next.getSizeInBytes());
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 64, Math.max(end, 2L * end)));
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
    }
    Platform.copyMemory(
        next.getBaseObject(),
        next.getBaseOffset(),
        bytes,
        Platform.BYTE_ARRAY_OFFSET + start,
        next.getSizeInBytes());
    ends[count++] = end;
  }

  int bytes() {
    return count == 0 ? 0 : ends[count - 1];
  }

  /** Row {@code i}, valid until the next call. */
  UnsafeRow get(int i) {
    int start = i == 0 ? 0 : ends[i - 1];
    row.pointTo(bytes, Platform.BYTE_ARRAY_OFFSET + start, ends[i] - start);
    return row;
  }
}
