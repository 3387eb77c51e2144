package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** A table of vectors: int64 [...] to float [..., embeddingDim]. */
public final class Embedding extends Layer {
  private final long numEmbeddings;
  private final long embeddingDim;
  private Tensor weight;

  /** Standard normal vectors from the standard generator. */
  public Embedding(long numEmbeddings, long embeddingDim) {
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    weight = register("weight", Init.normal(Shape.of(numEmbeddings, embeddingDim), 0, 1));
  }

  public Tensor weight() {
    return weight;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.embedding(input, weight);
  }

  @Override
  protected String extra() {
    return numEmbeddings + ", " + embeddingDim;
  }
}
