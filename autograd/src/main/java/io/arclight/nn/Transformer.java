package io.arclight.nn;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;

/**
 * Encoder and decoder (Vaswani et al., "Attention is all you need", 2017): sources and targets
 * [length, batch, dModel], or [length, dModel], to the targets' shape.
 *
 * <pre>{@code
 * Transformer model = new Transformer(512, 8, 6, 6, TransformerOptions.of().batchFirst());
 * Tensor y = model.call(source, target, AttentionMasks.of(), AttentionMasks.of().causal(),
 *     AttentionMasks.of());
 * }</pre>
 */
public final class Transformer extends Module {
  private static final long WIDTH = 512;
  private static final long HEADS = 8;
  private static final int LAYERS = 6;

  private final TransformerEncoder encoder;
  private final TransformerDecoder decoder;

  /** Of width 512 with 8 heads and 6 layers each. */
  public Transformer() {
    this(WIDTH, HEADS, LAYERS, LAYERS, TransformerOptions.of());
  }

  /** Weights by Glorot's initialisation. */
  public Transformer(
      long dModel,
      long nhead,
      int numEncoderLayers,
      int numDecoderLayers,
      TransformerOptions options) {
    encoder =
        register(
            "encoder",
            new TransformerEncoder(
                    new TransformerEncoderLayer(dModel, nhead, options), numEncoderLayers)
                .norm(options.layerNorm(dModel)));
    decoder =
        register(
            "decoder",
            new TransformerDecoder(
                    new TransformerDecoderLayer(dModel, nhead, options), numDecoderLayers)
                .norm(options.layerNorm(dModel)));
    try (Context.Restore mode = Autograd.noGrad()) {
      for (Tensor p : parameters()) {
        if (p.rank() > 1) {
          p.copyInPlace(Init.xavierUniform(p.shape()));
        }
      }
    }
  }

  /** With nothing hidden. */
  public Tensor call(Tensor src, Tensor tgt) {
    AttentionMasks none = AttentionMasks.of();
    return call(src, tgt, none, none, none);
  }

  /**
   * {@code tgt}, after attention to itself and to {@code src}.
   *
   * @param srcMasks of the source
   * @param tgtMasks of the target, mostly causal
   * @param memoryMasks of what the target sees of the source
   */
  public Tensor call(
      Tensor src,
      Tensor tgt,
      AttentionMasks srcMasks,
      AttentionMasks tgtMasks,
      AttentionMasks memoryMasks) {
    return within(
        in -> decoder.call(in[1], encoder.call(in[0], srcMasks), tgtMasks, memoryMasks), src, tgt);
  }

  /** What reads the source. */
  public TransformerEncoder encoder() {
    return encoder;
  }

  /** What writes the target. */
  public TransformerDecoder decoder() {
    return decoder;
  }

  /** Float [n, n]: minus infinity above the diagonal, else 0. */
  public static Tensor generateSquareSubsequentMask(long n) {
    return Tensor.full(Shape.of(n, n), Double.NEGATIVE_INFINITY, DType.FLOAT32, Device.CPU).triu(1);
  }
}
