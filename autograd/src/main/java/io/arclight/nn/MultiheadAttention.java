package io.arclight.nn;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/**
 * Attention by several heads (Vaswani et al., "Attention is all you need", 2017): queries [length,
 * batch, embedDim], keys [keys, batch, kdim] and values [keys, batch, vdim], or without the batch,
 * to [length, batch, embedDim].
 *
 * <pre>{@code
 * MultiheadAttention attention = new MultiheadAttention(512, 8).batchFirst();
 * Tensor y = attention.call(x, x, x).output();
 * }</pre>
 */
public final class MultiheadAttention extends Module {
  /** Which weights are given besides the output. */
  public enum Weights {
    /** None, which is faster and takes less memory. */
    NONE,
    /** The mean of all heads. */
    AVERAGE,
    /** Each head's. */
    EACH_HEAD
  }

  /**
   * What attention gives.
   *
   * @param output [length, batch, embedDim], or as the query
   * @param weights [batch, length, keys], [batch, heads, length, keys], or null; without the batch
   *     where the query has none
   */
  public record Result(Tensor output, Tensor weights) {}

  private final long embedDim;
  private final long numHeads;
  private long kdim;
  private long vdim;
  private double dropout;
  private TransformerOptions.Layout layout = TransformerOptions.Layout.SEQUENCE_FIRST;
  private long zeros;
  private Tensor inProjWeight;
  private Tensor qProjWeight;
  private Tensor kProjWeight;
  private Tensor vProjWeight;
  private Tensor inProjBias;
  private Tensor biasK;
  private Tensor biasV;
  private final NonDynamicallyQuantizableLinear outProj;

  /** Weights by Glorot's initialisation, biases 0. */
  public MultiheadAttention(long embedDim, long numHeads) {
    if (embedDim <= 0 || numHeads <= 0 || embedDim % numHeads != 0) {
      throw new IllegalArgumentException(
          "MultiheadAttention: embedDim "
              + embedDim
              + " must be a positive multiple of numHeads "
              + numHeads);
    }
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    kdim = embedDim;
    vdim = embedDim;
    outProj = register("out_proj", new NonDynamicallyQuantizableLinear(embedDim));
    inProjBias = Tensor.zeros(Shape.of(3 * embedDim));
    registerAll();
  }

  /** Drops weights with this probability in training; 0 unless set. */
  public MultiheadAttention dropout(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(
          "MultiheadAttention: dropout must be from 0 to 1, not " + p);
    }
    dropout = p;
    return this;
  }

  /** Without biases of the projections. */
  public MultiheadAttention noBias() {
    inProjBias = null;
    outProj.noBias();
    return registerAll();
  }

  /** One more key and value, which are trained. */
  public MultiheadAttention addBiasKv() {
    biasK = xavierNormal();
    biasV = xavierNormal();
    return registerAll();
  }

  private Tensor xavierNormal() {
    // Fan-in and fan-out of [1, 1, embedDim].
    double std = Math.sqrt(2.0 / (2 * embedDim));
    return Generator.standard()
        .normal(Shape.of(1, 1, embedDim), DType.FLOAT32, Device.CPU)
        .mul(std);
  }

  /** One more key and value of zeros. */
  public MultiheadAttention addZeroAttn() {
    zeros = 1;
    return this;
  }

  /** The width of keys; embedDim unless set. */
  public MultiheadAttention kdim(long width) {
    kdim = width;
    return registerAll();
  }

  /** The width of values; embedDim unless set. */
  public MultiheadAttention vdim(long width) {
    vdim = width;
    return registerAll();
  }

  /** The batch is the first dimension of all sequences. */
  public MultiheadAttention batchFirst() {
    layout = TransformerOptions.Layout.BATCH_FIRST;
    return this;
  }

  /** Registers what the options ask for, in the order of PyTorch's names. */
  private MultiheadAttention registerAll() {
    String[] names = {
      "in_proj_weight",
      "q_proj_weight",
      "k_proj_weight",
      "v_proj_weight",
      "in_proj_bias",
      "bias_k",
      "bias_v"
    };
    for (String name : names) {
      unregister(name);
    }
    boolean packed = kdim == embedDim && vdim == embedDim;
    inProjWeight = packed ? Init.xavierUniform(Shape.of(3 * embedDim, embedDim)) : null;
    qProjWeight = packed ? null : Init.xavierUniform(Shape.of(embedDim, embedDim));
    kProjWeight = packed ? null : Init.xavierUniform(Shape.of(embedDim, kdim));
    vProjWeight = packed ? null : Init.xavierUniform(Shape.of(embedDim, vdim));
    Tensor[] values = {
      inProjWeight, qProjWeight, kProjWeight, vProjWeight, inProjBias, biasK, biasV
    };
    for (int i = 0; i < names.length; i++) {
      if (values[i] != null) {
        register(names[i], values[i]);
      }
    }
    return this;
  }

  /** With averaged weights and nothing hidden. */
  public Result call(Tensor query, Tensor key, Tensor value) {
    return call(query, key, value, AttentionMasks.of(), Weights.AVERAGE);
  }

  /**
   * Attends.
   *
   * @throws ShapeException where shapes do not fit
   */
  public Result call(
      Tensor query, Tensor key, Tensor value, AttentionMasks masks, Weights weights) {
    return within(in -> forward(in[0], in[1], in[2], masks, weights), query, key, value);
  }

  private Result forward(
      Tensor query, Tensor key, Tensor value, AttentionMasks masks, Weights wanted) {
    require(query, key, value);
    if (query.rank() == 2) {
      int batch = layout == TransformerOptions.Layout.BATCH_FIRST ? 0 : 1;
      Tensor padding = masks.keyPaddingMask;
      Tensor q = query.unsqueeze(batch);
      Tensor k = key == query ? q : key.unsqueeze(batch);
      Tensor v = value == key ? k : value.unsqueeze(batch);
      AttentionMasks one = padding == null ? masks : masks.keyPaddingMask(padding.unsqueeze(0));
      Result out = forward(q, k, v, one, wanted);
      return new Result(
          out.output.squeeze(batch), out.weights == null ? null : out.weights.squeeze(0));
    }
    double p = isTraining() ? dropout : 0;
    if (isPacked(query, key, value) && wanted == Weights.NONE) {
      Tensor qkv = Functional.linear(query, inProjWeight, inProjBias);
      AttentionOptions options =
          masks.options(query.dim(0), numHeads, query.dim(1), query.dim(1), 0, query);
      Tensor out = Functional.packedSelfAttention(qkv, numHeads, options.dropout(p));
      return new Result(outProj.call(out), null);
    }
    Tensor[] projected = projected(query, key, value);
    Tensor q = heads(projected[0]);
    Tensor k = heads(extended(projected[1], biasK));
    Tensor v = heads(extended(projected[2], biasV));
    long keys = key.dim(layout == TransformerOptions.Layout.BATCH_FIRST ? 1 : 0);
    if (zeros > 0) {
      k = k.pad(2, 0, zeros, 0);
      v = v.pad(2, 0, zeros, 0);
    }
    AttentionOptions options =
        masks.options(q.dim(0), numHeads, q.dim(2), keys, k.dim(2) - keys, q);
    if (wanted == Weights.NONE) {
      Tensor out = Functional.scaledDotProductAttention(q, k, v, options.dropout(p));
      return new Result(outProj.call(joined(out)), null);
    }
    double scale = 1 / Math.sqrt((double) embedDim / numHeads);
    Tensor weights = Functional.attentionScores(q, k, options, scale).softmax(-1);
    weights = p == 0 ? weights : Functional.dropout(weights, p);
    Tensor out = outProj.call(joined(weights.matmul(v)));
    return new Result(out, wanted == Weights.AVERAGE ? weights.mean(1) : weights);
  }

  private void require(Tensor query, Tensor key, Tensor value) {
    int rank = query.rank();
    boolean fits = rank == 2 || rank == 3;
    fits = fits && key.rank() == rank && value.rank() == rank;
    fits = fits && query.dim(-1) == embedDim && key.dim(-1) == kdim && value.dim(-1) == vdim;
    int batch = layout == TransformerOptions.Layout.BATCH_FIRST ? 0 : 1;
    int length = rank == 2 ? 0 : 1 - batch;
    fits = fits && key.dim(length) == value.dim(length);
    if (fits && rank == 3) {
      fits = query.dim(batch) == key.dim(batch) && key.dim(batch) == value.dim(batch);
    }
    if (!fits) {
      String order = batch == 0 ? "[batch, length, width]" : "[length, batch, width]";
      throw new ShapeException(
          "MultiheadAttention: query "
              + query.shape()
              + ", key "
              + key.shape()
              + " and value "
              + value.shape()
              + " must be "
              + order
              + " or [length, width] of the widths "
              + embedDim
              + ", "
              + kdim
              + " and "
              + vdim
              + ", keys and values of one length");
    }
  }

  /** Whether one product gives all, side by side in the order that attention reads. */
  private boolean isPacked(Tensor query, Tensor key, Tensor value) {
    return query == key
        && key == value
        && inProjWeight != null
        && biasK == null
        && zeros == 0
        && layout == TransformerOptions.Layout.BATCH_FIRST;
  }

  /** Queries, keys and values after their projections, in one product where they are the same. */
  private Tensor[] projected(Tensor query, Tensor key, Tensor value) {
    if (inProjWeight != null && query == key && key == value) {
      return Functional.linear(query, inProjWeight, inProjBias).chunk(3, -1);
    }
    Tensor[] weights =
        inProjWeight != null
            ? inProjWeight.chunk(3, 0)
            : new Tensor[] {qProjWeight, kProjWeight, vProjWeight};
    Tensor[] biases = inProjBias == null ? new Tensor[3] : inProjBias.chunk(3, 0);
    return new Tensor[] {
      Functional.linear(query, weights[0], biases[0]),
      Functional.linear(key, weights[1], biases[1]),
      Functional.linear(value, weights[2], biases[2])
    };
  }

  private Tensor extended(Tensor t, Tensor bias) {
    if (bias == null) {
      return t;
    }
    return layout == TransformerOptions.Layout.BATCH_FIRST
        ? Tensor.cat(1, t, bias.expand(t.dim(0), 1, embedDim))
        : Tensor.cat(0, t, bias.expand(1, t.dim(1), embedDim));
  }

  /** As [batch, heads, length, width of a head]. */
  private Tensor heads(Tensor t) {
    Tensor split = t.reshape(t.dim(0), t.dim(1), numHeads, embedDim / numHeads);
    return layout == TransformerOptions.Layout.BATCH_FIRST
        ? split.transpose(1, 2)
        : split.permute(1, 2, 0, 3);
  }

  /** The heads side by side again. */
  private Tensor joined(Tensor t) {
    Tensor turned =
        layout == TransformerOptions.Layout.BATCH_FIRST ? t.transpose(1, 2) : t.permute(2, 0, 1, 3);
    return turned.reshape(turned.dim(0), turned.dim(1), embedDim);
  }

  /** A linear layer under the name that PyTorch prints. */
  private static final class NonDynamicallyQuantizableLinear extends Layer {
    private final long width;
    private Tensor weight;
    private Tensor bias;

    NonDynamicallyQuantizableLinear(long width) {
      this.width = width;
      double bound = 1 / Math.sqrt(width);
      weight = register("weight", Init.uniform(Shape.of(width, width), -bound, bound));
      bias = register("bias", Tensor.zeros(Shape.of(width)));
    }

    void noBias() {
      unregister("bias");
      bias = null;
    }

    @Override
    public Tensor forward(Tensor input) {
      return Functional.linear(input, weight, bias);
    }

    @Override
    protected String extra() {
      return "in_features="
          + width
          + ", out_features="
          + width
          + ", bias="
          + Repr.bool(bias != null);
    }
  }
}
