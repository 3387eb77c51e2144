package io.arclight.data;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The samples of several streams, one after the other; each is opened when the one before ends. */
public final class ChainDataset<T> implements IterableDataset<T> {
  private final List<IterableDataset<? extends T>> parts;

  /** The parts, one after the other. */
  public ChainDataset(List<? extends IterableDataset<? extends T>> parts) {
    this.parts = List.copyOf(parts);
  }

  @Override
  public Iterator<T> iterator(int epoch) {
    return new Chain<>(parts, epoch);
  }

  private static final class Chain<T> implements Iterator<T>, AutoCloseable {
    private final Iterator<IterableDataset<? extends T>> left;
    private final int epoch;
    private Iterator<? extends T> current;

    Chain(List<IterableDataset<? extends T>> parts, int epoch) {
      left = parts.iterator();
      this.epoch = epoch;
    }

    @Override
    public boolean hasNext() {
      while (current == null || !current.hasNext()) {
        close();
        if (!left.hasNext()) {
          return false;
        }
        current = left.next().iterator(epoch);
      }
      return true;
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the last of the streams has ended");
      }
      return current.next();
    }

    @Override
    public void close() {
      Streams.close(current);
      current = null;
    }
  }
}
