package io.arclight.data;

import io.arclight.tensor.memory.Scope;
import java.util.Iterator;

/** The made batches of one epoch, in order; each is asked for with the memory of its step open. */
interface BatchFeed<B> extends AutoCloseable {

  /**
   * A batch.
   *
   * @param number in the epoch, from 0
   * @param ids of its samples
   * @param memory that another thread has given up for it
   */
  record Made<B>(B batch, long number, long[] ids, Scope.Owner memory) {
    void free() {
      memory.forEachStorage(storage -> storage.close());
    }
  }

  /** The next batch, null at the end. */
  Made<B> next();

  @Override
  void close();

  /** Makes every batch when it is asked for, on the thread that asks. */
  static <B> BatchFeed<B> direct(Iterator<BatchTask<B>> tasks, long seed, int epoch) {
    return new BatchFeed<>() {
      private long number;

      @Override
      public Made<B> next() {
        if (!tasks.hasNext()) {
          return null;
        }
        BatchTask<B> task = tasks.next();
        B batch = task.make(seed, epoch, number);
        return new Made<>(batch, number++, task.ids(), action -> {});
      }

      @Override
      public void close() {
        Streams.close(tasks);
      }
    };
  }
}
