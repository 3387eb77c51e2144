package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.op.EmbeddingBagOp;
import io.arclight.tensor.op.EmbeddingOp;
import java.util.ArrayList;
import java.util.List;

/** Lookups in tables of vectors. */
abstract class EmbeddingFunctions {
  EmbeddingFunctions() {}

  /** The rows of {@code weight} [n, d] at {@code input} int64 [...], as [..., d]. */
  public static Tensor embedding(Tensor input, Tensor weight) {
    return embedding(input, weight, EmbeddingOptions.defaults());
  }

  /**
   * The rows of {@code weight} [n, d] at {@code input} int64 or int32 [...], as [..., d]. With a
   * {@link EmbeddingOptions#maxNorm} rows that are looked up are first scaled in {@code weight}.
   *
   * @throws io.arclight.tensor.DataException for an index outside [0, n)
   */
  public static Tensor embedding(Tensor input, Tensor weight, EmbeddingOptions options) {
    boolean traced = Context.current().tracer() != null;
    if (options.limits() && !traced) {
      limit(input, weight, options);
    }
    Tensor out =
        Tensor.apply(
            new EmbeddingOp(options.padding(weight.dim(0)), options.frequency()), weight, input);
    if (options.limits() && traced) {
      Tensor rows = out.reshape(-1, weight.dim(1));
      return rows.mul(options.scales(rows)).reshape(out.shape());
    }
    return out;
  }

  /** Scales the rows that will be looked up, in place. */
  private static void limit(Tensor input, Tensor weight, EmbeddingOptions options) {
    try (Context.Restore mode = Autograd.noGrad()) {
      Tensor index = input.reshape(-1);
      if (index.elements() > 0) {
        Tensor rows = weight.indexSelect(0, index);
        weight.indexCopyInPlace(0, index, rows.mul(options.scales(rows)));
      }
    }
  }

  /**
   * Sums, means or maxima of bags of rows of {@code weight} [n, d], as [bags, d], without the rows
   * in between.
   *
   * @param input int64 [bags, length], or [total] with offsets
   * @param offsets int64 [bags], where bags begin; null for [bags, length]
   * @param perSampleWeights of the input's shape, in sums only; or null
   */
  public static Tensor embeddingBag(
      Tensor input, Tensor weight, Tensor offsets, Tensor perSampleWeights, BagOptions options) {
    if ((offsets == null) != (input.rank() == 2)) {
      throw new IllegalArgumentException(
          "embeddingBag: indices of shape "
              + input.shape()
              + (offsets == null
                  ? " need offsets, which say where bags begin"
                  : " are bags of one length: give no offsets"));
    }
    EmbeddingOptions embedding = options.embedding();
    if (embedding.limits()) {
      if (Context.current().tracer() != null) {
        throw new IllegalArgumentException(
            "embeddingBag: maxNorm changes the table, which a traced program cannot");
      }
      limit(input, weight, embedding);
    }
    List<Tensor> in = new ArrayList<>(List.of(weight, input));
    if (offsets != null) {
      in.add(offsets);
    }
    if (perSampleWeights != null) {
      in.add(perSampleWeights);
    }
    EmbeddingBagOp op =
        new EmbeddingBagOp(
            options.mode(),
            embedding.padding(weight.dim(0)),
            embedding.frequency(),
            options.lastOffset());
    return Tensor.applyAll(op, in.toArray(new Tensor[0]))[0];
  }

  /** int64 [..., classes] with 1 at each element's class. */
  public static Tensor oneHot(Tensor input, long classes) {
    return input.oneHot(classes);
  }

  /** As {@link #oneHot(Tensor, long)}, with as many classes as the largest needs. */
  public static Tensor oneHot(Tensor input) {
    if (input.elements() == 0) {
      throw new IllegalArgumentException(
          "oneHot: no classes to be seen in the shape " + input.shape() + ": give their number");
    }
    return input.oneHot((long) input.max().item() + 1);
  }
}
