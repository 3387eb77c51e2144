package io.arclight.nn;

import io.arclight.tensor.Tensor;

/**
 * Attention of a sequence to itself, then to an encoder's output, and a feed-forward network, each
 * added to its input and normalised: [length, batch, dModel], or [length, dModel], to the same.
 *
 * <pre>{@code
 * Tensor y = layer.call(target, memory, AttentionMasks.of().causal(), AttentionMasks.of());
 * }</pre>
 */
public final class TransformerDecoderLayer extends Module {
  private final long dModel;
  private final long nhead;
  private final TransformerOptions options;
  private final MultiheadAttention selfAttn;
  private final MultiheadAttention multiheadAttn;
  private final Linear linear1;
  private final Dropout dropout;
  private final Linear linear2;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final LayerNorm norm3;
  private final Dropout dropout1;
  private final Dropout dropout2;
  private final Dropout dropout3;

  /** Of {@code dModel} features, which {@code nhead} must divide, with the default options. */
  public TransformerDecoderLayer(long dModel, long nhead) {
    this(dModel, nhead, TransformerOptions.of());
  }

  /** Of {@code dModel} features, which {@code nhead} must divide. */
  public TransformerDecoderLayer(long dModel, long nhead, TransformerOptions options) {
    this.dModel = dModel;
    this.nhead = nhead;
    this.options = options;
    selfAttn = register("self_attn", options.attention(dModel, nhead));
    multiheadAttn = register("multihead_attn", options.attention(dModel, nhead));
    linear1 = register("linear1", options.linear(dModel, options.dimFeedforward()));
    dropout = register("dropout", new Dropout(options.dropout()));
    linear2 = register("linear2", options.linear(options.dimFeedforward(), dModel));
    norm1 = register("norm1", options.layerNorm(dModel));
    norm2 = register("norm2", options.layerNorm(dModel));
    norm3 = register("norm3", options.layerNorm(dModel));
    dropout1 = register("dropout1", new Dropout(options.dropout()));
    dropout2 = register("dropout2", new Dropout(options.dropout()));
    dropout3 = register("dropout3", new Dropout(options.dropout()));
  }

  /** Another layer of these options and weights. */
  public TransformerDecoderLayer copy() {
    TransformerDecoderLayer out = new TransformerDecoderLayer(dModel, nhead, options);
    out.loadStateDict(stateDict());
    return out;
  }

  /** With nothing hidden. */
  public Tensor call(Tensor tgt, Tensor memory) {
    return call(tgt, memory, AttentionMasks.of(), AttentionMasks.of());
  }

  /**
   * {@code tgt}, after attention to itself and to {@code memory}.
   *
   * @param tgtMasks of the sequence
   * @param memoryMasks of the encoder's output
   */
  public Tensor call(
      Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
    return within(in -> forward(in[0], in[1], tgtMasks, memoryMasks), tgt, memory);
  }

  private Tensor forward(
      Tensor tgt, Tensor memory, AttentionMasks tgtMasks, AttentionMasks memoryMasks) {
    if (options.norm() == TransformerOptions.Norm.FIRST) {
      Tensor x = tgt.add(attend(norm1.call(tgt), tgtMasks));
      x = x.add(attend(norm2.call(x), memory, memoryMasks));
      return x.add(feedForward(norm3.call(x)));
    }
    Tensor x = norm1.call(tgt.add(attend(tgt, tgtMasks)));
    x = norm2.call(x.add(attend(x, memory, memoryMasks)));
    return norm3.call(x.add(feedForward(x)));
  }

  private Tensor attend(Tensor x, AttentionMasks masks) {
    return dropout1.call(selfAttn.call(x, x, x, masks, MultiheadAttention.Weights.NONE).output());
  }

  private Tensor attend(Tensor x, Tensor memory, AttentionMasks masks) {
    return dropout2.call(
        multiheadAttn.call(x, memory, memory, masks, MultiheadAttention.Weights.NONE).output());
  }

  private Tensor feedForward(Tensor x) {
    Tensor hidden = dropout.call(options.activation().apply(linear1.call(x)));
    return dropout3.call(linear2.call(hidden));
  }
}
