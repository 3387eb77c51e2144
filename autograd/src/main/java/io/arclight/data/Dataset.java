package io.arclight.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Samples that can be had by index, by any thread.
 *
 * <pre>{@code
 * record Digit(float[] pixels, int label) {}
 *
 * class Digits implements Dataset<Digit> {
 *   public long size() { return 60_000; }
 *   public Digit get(long index) { ... }
 * }
 * }</pre>
 *
 * @param <T> a sample: a record or map of tensors, numbers and arrays, or whatever a collate
 *     function of the {@link DataLoader} takes
 */
public interface Dataset<T> {

  /** Number of samples. */
  long size();

  /**
   * One sample.
   *
   * @throws IndexOutOfBoundsException naming the index and the size
   */
  T get(long index);

  /**
   * The samples at {@code indices} as one batch, in that order; their ids are the indices. Override
   * it where many samples can be had at once.
   *
   * @throws SampleException naming the sample that failed
   */
  default Batch batch(long[] indices) {
    return Collate.batch(Samples.of(this, indices), indices);
  }

  /**
   * Divides the samples at random.
   *
   * @param lengths of the parts; they add up to {@link #size()}
   */
  default List<Subset<T>> randomSplit(long seed, long... lengths) {
    return Subset.split(this, seed, lengths);
  }

  /**
   * Divides the samples at random.
   *
   * @param fractions of the parts; they add up to 1, and what rounding leaves goes to the first
   *     ones
   */
  default List<Subset<T>> randomSplit(long seed, double... fractions) {
    return Subset.split(this, seed, Subset.lengths(size(), fractions));
  }

  /** This one's samples, then {@code next}'s. */
  default ConcatDataset<T> concat(Dataset<? extends T> next) {
    List<Dataset<? extends T>> parts = new ArrayList<>();
    parts.add(this);
    parts.add(next);
    return new ConcatDataset<>(parts);
  }
}
