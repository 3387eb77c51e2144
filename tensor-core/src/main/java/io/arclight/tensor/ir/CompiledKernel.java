package io.arclight.tensor.ir;

import io.arclight.tensor.memory.HostMemory;

/** A kernel made runnable by one of the readers; see {@link Kernel} for the calling convention. */
public interface CompiledKernel {
  /** Runs rows [begin, end) on the calling thread; {@code args} is the argument block's address. */
  void run(long args, long begin, long end);

  /**
   * Runs rows [begin, end) of several launches laid end to end, on the calling thread.
   *
   * @param table address of an entry of two longs for each launch, its first row and its argument
   *     block's address, and of the end of all rows
   */
  default void runAll(long table, long begin, long end) {
    long entry = table;
    for (long first = HostMemory.int64(entry); first < end; ) {
      long args = HostMemory.int64(entry + 8);
      entry += 16;
      long next = HostMemory.int64(entry);
      if (next > begin && next > first) {
        run(args, Math.max(begin, first) - first, Math.min(end, next) - first);
      }
      first = next;
    }
  }
}
