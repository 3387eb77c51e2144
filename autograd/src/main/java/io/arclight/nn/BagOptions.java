package io.arclight.nn;

import io.arclight.tensor.op.EmbeddingBagOp.LastOffset;
import io.arclight.tensor.op.EmbeddingBagOp.Mode;

/** Options of {@link Functional#embeddingBag}. */
public record BagOptions(Mode mode, LastOffset lastOffset, EmbeddingOptions embedding) {
  /** Means, of bags up to the last index. */
  public static BagOptions defaults() {
    return new BagOptions(Mode.MEAN, LastOffset.IMPLIED, EmbeddingOptions.defaults());
  }

  /** Whether a bag is the sum, mean or maximum of its rows. */
  public BagOptions mode(Mode other) {
    return new BagOptions(other, lastOffset, embedding);
  }

  /** The last offset begins no bag but ends the one before. */
  public BagOptions includeLastOffset() {
    return new BagOptions(mode, LastOffset.INCLUDED, embedding);
  }

  /** How rows are looked up. */
  public BagOptions embedding(EmbeddingOptions other) {
    return new BagOptions(mode, lastOffset, other);
  }
}
