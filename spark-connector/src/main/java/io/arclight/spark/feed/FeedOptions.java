package io.arclight.spark.feed;

import java.io.Serializable;

/**
 * What sets the order of samples; with the same options and input, the same global batches come
 * whatever the number of ranks.
 *
 * @param globalBatch rows of a global batch, over all ranks
 * @param lanes sequential streams that the splits are dealt to; no run has more ranks than lanes
 * @param window rows that a lane permutes at a time
 * @param shuffle how the order changes from epoch to epoch
 * @param seed of all permutations
 * @param last what becomes of a last global batch with fewer rows
 */
public record FeedOptions(
    int globalBatch, int lanes, int window, Shuffle shuffle, long seed, LastBatch last)
    implements Serializable {
  public static final int DEFAULT_LANES = 16;
  public static final int DEFAULT_WINDOW = 1024;

  public FeedOptions {
    if (globalBatch < 1 || lanes < 1 || window < 1) {
      throw new IllegalArgumentException(
          "global batch %d, lanes %d and window %d: each must be at least 1"
              .formatted(globalBatch, lanes, window));
    }
  }

  /** Sixteen lanes that shuffle windows of 1024 rows with seed 0. */
  public static FeedOptions of(int globalBatch) {
    return new FeedOptions(
        globalBatch, DEFAULT_LANES, DEFAULT_WINDOW, Shuffle.WINDOW, 0, LastBatch.KEPT);
  }

  /** With so many lanes, at least as many as ranks. */
  public FeedOptions withLanes(int value) {
    return new FeedOptions(globalBatch, value, window, shuffle, seed, last);
  }

  /** With windows of so many rows. */
  public FeedOptions withWindow(int value) {
    return new FeedOptions(globalBatch, lanes, value, shuffle, seed, last);
  }

  /** With this change of order from epoch to epoch. */
  public FeedOptions withShuffle(Shuffle value) {
    return new FeedOptions(globalBatch, lanes, window, value, seed, last);
  }

  /** With this seed of all permutations. */
  public FeedOptions withSeed(long value) {
    return new FeedOptions(globalBatch, lanes, window, shuffle, value, last);
  }

  /** With global batches of so many rows. */
  public FeedOptions withGlobalBatch(int rows) {
    return new FeedOptions(rows, lanes, window, shuffle, seed, last);
  }

  /** With a shorter last batch kept or left out. */
  public FeedOptions withLast(LastBatch value) {
    return new FeedOptions(globalBatch, lanes, window, shuffle, seed, value);
  }
}
