package io.arclight.models;

import io.arclight.export.ModelConfig;
import io.arclight.nn.ActivationFunction;

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
    ActivationFunction activationFunction,
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
        ActivationFunction.GELU_TANH,
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

  /** With another function in the hidden layers. */
  public Gpt2Config activation(ActivationFunction function) {
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
  public static Gpt2Config of(ModelConfig json) {
    if (json.flag("add_cross_attention", false)) {
      throw new IllegalArgumentException("Gpt2Config: add_cross_attention must be false");
    }
    if (!json.flag("tie_word_embeddings", true)) {
      throw new IllegalArgumentException(
          "Gpt2Config: tie_word_embeddings must be true: the head's weight is the embedding");
    }
    int width = json.integer("n_embd", 768);
    boolean byLayer = json.flag("scale_attn_by_inverse_layer_idx", false);
    return new Gpt2Config(
        json.integer("vocab_size", 50257),
        json.integer("n_positions", 1024),
        width,
        json.integer("n_layer", 12),
        json.integer("n_head", 12),
        json.integer("n_inner", 4 * width),
        ActivationFunction.of(json.text("activation_function", "gelu_new")),
        json.number("resid_pdrop", DROPOUT),
        json.number("embd_pdrop", DROPOUT),
        json.number("attn_pdrop", DROPOUT),
        json.number("layer_norm_epsilon", EPS),
        json.number("initializer_range", STD),
        json.flag("scale_attn_weights", true)
            ? byLayer ? AttentionScale.WIDTH_AND_LAYER : AttentionScale.WIDTH
            : byLayer ? AttentionScale.LAYER : AttentionScale.NONE);
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
