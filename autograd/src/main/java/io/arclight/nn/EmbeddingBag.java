package io.arclight.nn;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.EmbeddingBagOp.LastOffset;
import io.arclight.tensor.op.EmbeddingBagOp.Mode;
import java.util.Locale;

/**
 * Means, sums or maxima of bags of vectors of a table, [bags, embeddingDim], computed without the
 * vectors in between.
 *
 * <pre>{@code
 * var bag = new EmbeddingBag(10_000, 64).mode(Mode.SUM);
 * Tensor y = bag.call(words, offsets);
 * }</pre>
 */
public final class EmbeddingBag extends Layer {
  private final long numEmbeddings;
  private final long embeddingDim;
  private final boolean pretrained;
  private BagOptions options = BagOptions.defaults();
  private Tensor weight;

  /** Standard normal vectors from the standard generator. */
  public EmbeddingBag(long numEmbeddings, long embeddingDim) {
    this(Init.normal(Shape.of(numEmbeddings, embeddingDim), 0, 1), false);
  }

  private EmbeddingBag(Tensor table, boolean pretrained) {
    numEmbeddings = table.dim(0);
    embeddingDim = table.dim(1);
    this.pretrained = pretrained;
    weight = register("weight", table);
  }

  /** With these vectors [n, d], which are not trained unless {@link #unfreeze} is called. */
  public static EmbeddingBag fromPretrained(Tensor embeddings) {
    Tables.requireMatrix(embeddings);
    EmbeddingBag out = new EmbeddingBag(embeddings, true);
    out.weight.requiresGrad(false);
    return out;
  }

  /** Trains the vectors. */
  public EmbeddingBag unfreeze() {
    weight.requiresGrad(true);
    return this;
  }

  /** Means unless set. */
  public EmbeddingBag mode(Mode mode) {
    options = options.mode(mode);
    return this;
  }

  /** The last offset begins no bag but ends the one before. */
  public EmbeddingBag includeLastOffset() {
    options = options.includeLastOffset();
    return this;
  }

  /** This row is left out of bags, and is 0 at first unless pretrained. */
  public EmbeddingBag paddingIdx(long row) {
    options = options.embedding(options.embedding().paddingIdx(row));
    long at = options.embedding().padding(numEmbeddings);
    if (!pretrained) {
      Tables.clear(weight, at);
    }
    return this;
  }

  /** Scales longer rows to this norm when they are looked up. */
  public EmbeddingBag maxNorm(double norm) {
    options = options.embedding(options.embedding().maxNorm(norm));
    return this;
  }

  /** The p of {@link #maxNorm}; 2 unless set. */
  public EmbeddingBag normType(double p) {
    options = options.embedding(options.embedding().normType(p));
    return this;
  }

  /** Divides a row's gradient by how often it was looked up. */
  public EmbeddingBag scaleGradByFreq() {
    options = options.embedding(options.embedding().scaleGradByFreq());
    return this;
  }

  /**
   * PyTorch's sparse gradients, which there are not.
   *
   * @throws UnsupportedOperationException always
   */
  public EmbeddingBag sparse() {
    throw Tables.sparse("EmbeddingBag");
  }

  /** The rows. */
  public Tensor weight() {
    return weight;
  }

  /** Bags of one length: int64 [bags, length] to [bags, embeddingDim]. */
  @Override
  public Tensor forward(Tensor input) {
    return forward(input, null, null);
  }

  /** Bags of the indices [total] that begin at {@code offsets} [bags]. */
  public Tensor call(Tensor input, Tensor offsets) {
    return call(input, offsets, null);
  }

  /** {@link #forward(Tensor, Tensor, Tensor)} as a call of this module. */
  public Tensor call(Tensor input, Tensor offsets, Tensor perSampleWeights) {
    return within(() -> forward(input, offsets, perSampleWeights));
  }

  /** As {@link Functional#embeddingBag}: offsets and weights may be null. */
  public Tensor forward(Tensor input, Tensor offsets, Tensor perSampleWeights) {
    return Functional.embeddingBag(input, weight, offsets, perSampleWeights, options);
  }

  @Override
  protected String extra() {
    return numEmbeddings
        + ", "
        + embeddingDim
        + options.embedding().extra()
        + ", mode='"
        + options.mode().name().toLowerCase(Locale.ROOT)
        + "'"
        + (options.lastOffset() == LastOffset.INCLUDED ? ", include_last_offset=True" : "");
  }
}
