package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Attention of a sequence to itself and a feed-forward network, each added to its input and
 * normalised: [length, batch, dModel], or [length, dModel], to the same.
 *
 * <pre>{@code
 * TransformerEncoderLayer layer =
 *     new TransformerEncoderLayer(512, 8, TransformerOptions.of().batchFirst().normFirst());
 * Tensor y = layer.call(x, AttentionMasks.of().keyPaddingMask(padding));
 * }</pre>
 */
public final class TransformerEncoderLayer extends Layer {
  private final long dModel;
  private final long nhead;
  private final TransformerOptions options;
  private final MultiheadAttention selfAttn;
  private final Linear linear1;
  private final Dropout dropout;
  private final Linear linear2;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final Dropout dropout1;
  private final Dropout dropout2;

  /** Of {@code dModel} features, which {@code nhead} must divide, with the default options. */
  public TransformerEncoderLayer(long dModel, long nhead) {
    this(dModel, nhead, TransformerOptions.of());
  }

  /** Of {@code dModel} features, which {@code nhead} must divide. */
  public TransformerEncoderLayer(long dModel, long nhead, TransformerOptions options) {
    this.dModel = dModel;
    this.nhead = nhead;
    this.options = options;
    selfAttn = register("self_attn", options.attention(dModel, nhead));
    linear1 = register("linear1", options.linear(dModel, options.dimFeedforward()));
    dropout = register("dropout", new Dropout(options.dropout()));
    linear2 = register("linear2", options.linear(options.dimFeedforward(), dModel));
    norm1 = register("norm1", options.layerNorm(dModel));
    norm2 = register("norm2", options.layerNorm(dModel));
    dropout1 = register("dropout1", new Dropout(options.dropout()));
    dropout2 = register("dropout2", new Dropout(options.dropout()));
  }

  /** Another layer of these options and weights. */
  public TransformerEncoderLayer copy() {
    TransformerEncoderLayer out = new TransformerEncoderLayer(dModel, nhead, options);
    out.loadStateDict(stateDict());
    return out;
  }

  @Override
  public Tensor forward(Tensor src) {
    return forward(src, AttentionMasks.of());
  }

  /** With keys hidden. */
  public Tensor call(Tensor src, AttentionMasks masks) {
    return within(in -> forward(in[0], masks), src);
  }

  private Tensor forward(Tensor src, AttentionMasks masks) {
    if (options.norm() == TransformerOptions.Norm.FIRST) {
      Tensor x = src.add(attend(norm1.call(src), masks));
      return x.add(feedForward(norm2.call(x)));
    }
    Tensor x = norm1.call(src.add(attend(src, masks)));
    return norm2.call(x.add(feedForward(x)));
  }

  private Tensor attend(Tensor x, AttentionMasks masks) {
    return dropout1.call(selfAttn.call(x, x, x, masks, MultiheadAttention.Weights.NONE).output());
  }

  private Tensor feedForward(Tensor x) {
    Tensor hidden = dropout.call(options.activation().apply(linear1.call(x)));
    return dropout2.call(linear2.call(hidden));
  }
}
