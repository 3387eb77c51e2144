package io.arclight.data;

import java.util.Iterator;

/**
 * Samples that can only be had one after the other, such as lines of a stream.
 *
 * <p>A {@link DataLoader} reads it by one thread at a time, whatever its number of workers, so that
 * no sample comes twice; workers collate in parallel. Tensors that an iterator keeps from one
 * sample to the next say {@code keep()}.
 *
 * @param <T> a sample
 */
@FunctionalInterface
public interface IterableDataset<T> {

  /**
   * The samples of an epoch, from 0.
   *
   * @return closed after use if it is {@link AutoCloseable}
   */
  Iterator<T> iterator(int epoch);
}
