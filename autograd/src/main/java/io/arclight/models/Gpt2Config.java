package io.arclight.models;

import io.arclight.nn.Activation;
import java.util.Map;

/**
 * The sizes of a {@link Gpt2}, named as in the {@code config.json} of published models.
 *
 * @param nInner width of the hidden layer; 4 nEmbd in most
 */
public record Gpt2Config(
    long vocabSize,
    long nPositions,
    long nEmbd,
    int nLayer,
    long nHead,
    long nInner,
    Activation activationFunction,
    double residPdrop,
    double embdPdrop,
    double attnPdrop,
    double layerNormEpsilon,
    double initializerRange,
    AttentionScale attentionScale) {

  /** What scores are divided by. */
  public enum AttentionScale {
    /** The square root of a head's width. */
    WIDTH,
    /** The same, times the layer's number from 1. */
    WIDTH_AND_LAYER,
    /** The layer's number from 1. */
    LAYER,
    NONE
  }

  private static final double DROPOUT = 0.1;
  private static final double EPS = 1e-5;
  private static final double STD = 0.02;

  public Gpt2Config {
    if (nHead <= 0 || nEmbd % nHead != 0) {
      throw new IllegalArgumentException(
          "Gpt2Config: nEmbd " + nEmbd + " must be a multiple of nHead " + nHead);
    }
  }

  /** The smallest published model: 124 million parameters. */
  public static Gpt2Config small() {
    return of(50257, 1024, 768, 12, 12);
  }

  /** All else as in the published models. */
  public static Gpt2Config of(long vocabSize, long nPositions, long nEmbd, int nLayer, long nHead) {
    return new Gpt2Config(
        vocabSize,
        nPositions,
        nEmbd,
        nLayer,
        nHead,
        4 * nEmbd,
        Activation.GELU_TANH,
        DROPOUT,
        DROPOUT,
        DROPOUT,
        EPS,
        STD,
        AttentionScale.WIDTH);
  }

  /** With one probability for all dropout. */
  public Gpt2Config dropout(double p) {
    return new Gpt2Config(
        vocabSize,
        nPositions,
        nEmbd,
        nLayer,
        nHead,
        nInner,
        activationFunction,
        p,
        p,
        p,
        layerNormEpsilon,
        initializerRange,
        attentionScale);
  }

  public Gpt2Config activation(Activation function) {
    return new Gpt2Config(
        vocabSize,
        nPositions,
        nEmbd,
        nLayer,
        nHead,
        nInner,
        function,
        residPdrop,
        embdPdrop,
        attnPdrop,
        layerNormEpsilon,
        initializerRange,
        attentionScale);
  }

  /**
   * From the values of a {@code config.json}; what it does not say is as in the published models.
   *
   * @throws IllegalArgumentException for what {@link Gpt2} does not do, such as cross-attention
   */
  public static Gpt2Config of(Map<String, ?> json) {
    if (Boolean.TRUE.equals(json.get("add_cross_attention"))) {
      throw new IllegalArgumentException("Gpt2Config: add_cross_attention must be false");
    }
    if (Boolean.FALSE.equals(json.get("tie_word_embeddings"))) {
      throw new IllegalArgumentException(
          "Gpt2Config: tie_word_embeddings must be true: the head's weight is the embedding");
    }
    long width = number(json, "n_embd", 768).longValue();
    boolean byWidth = !Boolean.FALSE.equals(json.get("scale_attn_weights"));
    boolean byLayer = Boolean.TRUE.equals(json.get("scale_attn_by_inverse_layer_idx"));
    Object activation = json.get("activation_function");
    return new Gpt2Config(
        number(json, "vocab_size", 50257).longValue(),
        number(json, "n_positions", 1024).longValue(),
        width,
        number(json, "n_layer", 12).intValue(),
        number(json, "n_head", 12).longValue(),
        number(json, "n_inner", 4 * width).longValue(),
        Activation.of(activation == null ? "gelu_new" : activation.toString()),
        number(json, "resid_pdrop", DROPOUT).doubleValue(),
        number(json, "embd_pdrop", DROPOUT).doubleValue(),
        number(json, "attn_pdrop", DROPOUT).doubleValue(),
        number(json, "layer_norm_epsilon", EPS).doubleValue(),
        number(json, "initializer_range", STD).doubleValue(),
        byWidth
            ? byLayer ? AttentionScale.WIDTH_AND_LAYER : AttentionScale.WIDTH
            : byLayer ? AttentionScale.LAYER : AttentionScale.NONE);
  }

  private static Number number(Map<String, ?> json, String name, Number otherwise) {
    Object value = json.get(name);
    if (value != null && !(value instanceof Number)) {
      throw new IllegalArgumentException("Gpt2Config: " + name + " must be a number, not " + value);
    }
    return value == null ? otherwise : (Number) value;
  }

  /** What the scores of layer {@code index}, from 0, are multiplied by. */
  double scale(int index) {
    double byWidth = 1 / Math.sqrt((double) nEmbd / nHead);
    double byLayer = 1.0 / (index + 1);
    return switch (attentionScale) {
      case WIDTH -> byWidth;
      case WIDTH_AND_LAYER -> byWidth * byLayer;
      case LAYER -> byLayer;
      case NONE -> 1;
    };
  }
}
