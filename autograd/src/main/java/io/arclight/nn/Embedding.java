package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/** A table of vectors: int64 or int32 [...] to float [..., embeddingDim]. */
public final class Embedding extends Layer {
  private final long numEmbeddings;
  private final long embeddingDim;
  private final boolean pretrained;
  private EmbeddingOptions options = EmbeddingOptions.defaults();
  private Tensor weight;

  /** Standard normal vectors from the standard generator. */
  public Embedding(long numEmbeddings, long embeddingDim) {
    this(Init.normal(Shape.of(numEmbeddings, embeddingDim), 0, 1), false);
  }

  private Embedding(Tensor table, boolean pretrained) {
    numEmbeddings = table.dim(0);
    embeddingDim = table.dim(1);
    this.pretrained = pretrained;
    weight = register("weight", table);
  }

  /** With these vectors [n, d], which are not trained unless {@link #unfreeze} is called. */
  public static Embedding fromPretrained(Tensor embeddings) {
    Tables.requireMatrix(embeddings);
    Embedding out = new Embedding(embeddings, true);
    out.weight.requiresGrad(false);
    return out;
  }

  /** Trains the vectors. */
  public Embedding unfreeze() {
    weight.requiresGrad(true);
    return this;
  }

  /** This row gets no gradient and, unless pretrained, is 0 at first. */
  public Embedding paddingIdx(long row) {
    options = options.paddingIdx(row);
    long at = options.padding(numEmbeddings);
    if (!pretrained) {
      Tables.clear(weight, at);
    }
    return this;
  }

  /** Scales longer rows to this norm when they are looked up. */
  public Embedding maxNorm(double norm) {
    options = options.maxNorm(norm);
    return this;
  }

  /** The p of {@link #maxNorm}; 2 unless set. */
  public Embedding normType(double p) {
    options = options.normType(p);
    return this;
  }

  /** Divides a row's gradient by how often it was looked up. */
  public Embedding scaleGradByFreq() {
    options = options.scaleGradByFreq();
    return this;
  }

  /**
   * PyTorch's sparse gradients, which there are not.
   *
   * @throws UnsupportedOperationException always
   */
  public Embedding sparse() {
    throw Tables.sparse("Embedding");
  }

  /** The rows. */
  public Tensor weight() {
    return weight;
  }

  @Override
  public Tensor forward(Tensor input) {
    return Functional.embedding(input, weight, options);
  }

  @Override
  protected String extra() {
    return numEmbeddings + ", " + embeddingDim + options.extra();
  }
}
