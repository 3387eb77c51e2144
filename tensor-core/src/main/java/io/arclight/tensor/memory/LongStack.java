package io.arclight.tensor.memory;

import java.util.Arrays;

/** A stack of addresses; not safe for several threads. */
final class LongStack {
  private long[] items = new long[4];
  private int size;

  int size() {
    return size;
  }

  void push(long item) {
    if (size == items.length) {
      items = Arrays.copyOf(items, size * 2);
    }
    items[size++] = item;
  }

  /** The last item, or 0 when there is none. */
  long pop() {
    return size == 0 ? 0 : items[--size];
  }
}
