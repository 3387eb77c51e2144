package io.arclight.nn;

import io.arclight.tensor.Tensor;

/** Encoder layers one after the other, and perhaps a normalisation at the end. */
public final class TransformerEncoder extends Layer {
  private final ModuleList<TransformerEncoderLayer> layers;
  private Layer norm;

  /** {@code numLayers} copies of {@code encoderLayer}, of its weights. */
  public TransformerEncoder(TransformerEncoderLayer encoderLayer, int numLayers) {
    layers = register("layers", new ModuleList<>());
    for (int i = 0; i < numLayers; i++) {
      layers.append(encoderLayer.copy());
    }
  }

  /** Normalises the output. */
  public TransformerEncoder norm(Layer last) {
    norm = register("norm", last);
    return this;
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
    Tensor x = src;
    for (TransformerEncoderLayer layer : layers) {
      x = layer.call(x, masks);
    }
    return norm == null ? x : norm.call(x);
  }
}
