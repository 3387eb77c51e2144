package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Decoder layers one after the other, and perhaps a normalisation at the end. */
public final class TransformerDecoder extends Module {
  private final ModuleList<TransformerDecoderLayer> layers;
  private Layer norm;

  /** {@code numLayers} copies of {@code decoderLayer}, of its weights. */
  public TransformerDecoder(TransformerDecoderLayer decoderLayer, int numLayers) {
    layers = register("layers", new ModuleList<>());
    for (int i = 0; i < numLayers; i++) {
      layers.append(decoderLayer.copy());
    }
  }

  /** Normalises the output. */
  public TransformerDecoder norm(Layer last) {
    norm = register("norm", last);
    return this;
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
    return within(
        in -> {
          Tensor x = in[0];
          for (TransformerDecoderLayer layer : layers) {
            x = layer.call(x, in[1], tgtMasks, memoryMasks);
          }
          return norm == null ? x : norm.call(x);
        },
        tgt,
        memory);
  }
}
