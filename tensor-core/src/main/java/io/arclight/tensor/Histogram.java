package io.arclight.tensor;

import java.util.List;

/**
 * A histogram.
 *
 * @param counts in each bin, [bins of the first dimension, of the second, ...]
 * @param edges of the bins of each dimension, one more than bins
 */
public record Histogram(Tensor counts, List<Tensor> edges) {

  /** What the height of a bin is. */
  public enum Scale {
    /** How many elements, or the sum of their weights. */
    COUNT,
    /** The part of all, over the bin's width. */
    DENSITY
  }
}
