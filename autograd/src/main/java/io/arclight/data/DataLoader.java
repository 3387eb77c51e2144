package io.arclight.data;

import io.arclight.tensor.Philox;
import java.util.SplittableRandom;

/**
 * Batches of a dataset, in an order that depends on the seed and the epoch only.
 *
 * <pre>{@code
 * DataLoader loader = DataLoader.of(dataset, 64).shuffle(7);
 * try (Epoch batches = loader.epoch(0)) {
 *   for (Batch batch : batches) { // what the body computes is freed at its end
 *     ...
 *   }
 * }
 * }</pre>
 */
public final class DataLoader {
  private final Dataset dataset;
  private final int batchSize;
  private boolean shuffled;
  private long seed;
  private boolean dropLast;

  private DataLoader(Dataset dataset, int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "DataLoader: the batch size must be at least 1, not " + batchSize);
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
  }

  public static DataLoader of(Dataset dataset, int batchSize) {
    return new DataLoader(dataset, batchSize);
  }

  /** Deals every epoch by another permutation; the seed also keys dropout. */
  public DataLoader shuffle(long value) {
    shuffled = true;
    seed = value;
    return this;
  }

  /** Keys dropout without shuffling. */
  public DataLoader seed(long value) {
    seed = value;
    return this;
  }

  /** Leaves out a last batch that is not full. */
  public DataLoader dropLast() {
    dropLast = true;
    return this;
  }

  /** Batches of an epoch. */
  public long steps() {
    long size = dataset.size();
    return dropLast ? size / batchSize : (size + batchSize - 1) / batchSize;
  }

  /** The batches of epoch {@code index}, to be run through once on this thread. */
  public Epoch epoch(int index) {
    return new Epoch(dataset, order(index), batchSize, steps(), seed, index * steps());
  }

  private long[] order(int epoch) {
    long[] out = new long[Math.toIntExact(dataset.size())];
    for (int i = 0; i < out.length; i++) {
      out[i] = i;
    }
    if (shuffled) {
      SplittableRandom random = new SplittableRandom(Philox.mix(seed, epoch));
      for (int i = out.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        long swapped = out[i];
        out[i] = out[j];
        out[j] = swapped;
      }
    }
    return out;
  }
}
