package io.arclight.models;

import io.arclight.export.ModelConfig;
import io.arclight.nn.ActivationFunction;
import io.arclight.nn.RotaryEmbedding;

/**
 * The sizes of a {@link Llama}, named as in the {@code config.json} of published models.
 *
 * @param numKeyValueHeads heads of keys and values, each of which serves several of the queries'
 * @param rope the angles by which heads turn
 */
public record LlamaConfig(
    long vocabSize,
    long hiddenSize,
    long intermediateSize,
    int numHiddenLayers,
    long numAttentionHeads,
    long numKeyValueHeads,
    long headDim,
    ActivationFunction hiddenAct,
    long maxPositionEmbeddings,
    double rmsNormEps,
    double initializerRange,
    double attentionDropout,
    Bias attentionBias,
    Bias mlpBias,
    Embeddings wordEmbeddings,
    RotaryEmbedding rope) {

  /** Whether linear layers have a bias. */
  public enum Bias {
    NONE,
    ADDED
  }

  /** Whether the head's weight is the embedding of tokens. */
  public enum Embeddings {
    TIED,
    SEPARATE
  }

  private static final double THETA = 10_000;

  public LlamaConfig {
    if (numAttentionHeads <= 0
        || numKeyValueHeads <= 0
        || numAttentionHeads % numKeyValueHeads != 0) {
      throw new IllegalArgumentException(
          "LlamaConfig: numAttentionHeads "
              + numAttentionHeads
              + " must be a multiple of numKeyValueHeads "
              + numKeyValueHeads);
    }
  }

  /** All else as in the first published models. */
  public static LlamaConfig of(
      long vocabSize,
      long hiddenSize,
      long intermediateSize,
      int numHiddenLayers,
      long numAttentionHeads,
      long numKeyValueHeads) {
    long width = hiddenSize / Math.max(1, numAttentionHeads);
    return new LlamaConfig(
        vocabSize,
        hiddenSize,
        intermediateSize,
        numHiddenLayers,
        numAttentionHeads,
        numKeyValueHeads,
        width,
        ActivationFunction.SILU,
        2048,
        1e-6,
        0.02,
        0,
        Bias.NONE,
        Bias.NONE,
        Embeddings.SEPARATE,
        new RotaryEmbedding(width));
  }

  /**
   * From the values of a {@code config.json}.
   *
   * @throws IllegalArgumentException for scaled positions of another kind than linear and llama3
   */
  public static LlamaConfig of(ModelConfig json) {
    long hidden = json.integer("hidden_size", 4096);
    int heads = json.integer("num_attention_heads", 32);
    long width = json.integer("head_dim", (int) (hidden / Math.max(1, heads)));
    return new LlamaConfig(
        json.integer("vocab_size", 32000),
        hidden,
        json.integer("intermediate_size", 11008),
        json.integer("num_hidden_layers", 32),
        heads,
        json.integer("num_key_value_heads", heads),
        width,
        ActivationFunction.of(json.text("hidden_act", "silu")),
        json.integer("max_position_embeddings", 2048),
        json.number("rms_norm_eps", 1e-6),
        json.number("initializer_range", 0.02),
        json.number("attention_dropout", 0),
        json.flag("attention_bias", false) ? Bias.ADDED : Bias.NONE,
        json.flag("mlp_bias", false) ? Bias.ADDED : Bias.NONE,
        json.flag("tie_word_embeddings", false) ? Embeddings.TIED : Embeddings.SEPARATE,
        rope(json, width));
  }

  /** From {@code rope_parameters}, or {@code rope_theta} and {@code rope_scaling} before. */
  private static RotaryEmbedding rope(ModelConfig json, long width) {
    RotaryEmbedding out = new RotaryEmbedding(width);
    String place = json.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    ModelConfig scaling = json.has(place) ? json.nested(place) : null;
    double theta = json.number("rope_theta", THETA);
    if (scaling == null) {
      return out.base(theta);
    }
    out.base(scaling.number("rope_theta", theta));
    String type = scaling.text("rope_type", scaling.text("type", "default"));
    return switch (type) {
      case "default" -> out;
      case "linear" -> out.frequencies(linear(out.frequencies(), scaling.number("factor")));
      case "llama3" -> out.frequencies(llama3(out.frequencies(), scaling));
      default ->
          throw new IllegalArgumentException(
              "LlamaConfig: rope_type '" + type + "' is not known: default, linear or llama3");
    };
  }

  private static double[] linear(double[] frequencies, double factor) {
    double[] out = frequencies.clone();
    for (int i = 0; i < out.length; i++) {
      out[i] /= factor;
    }
    return out;
  }

  /** Long waves are stretched by the factor, short ones kept, those between blended. */
  private static double[] llama3(double[] frequencies, ModelConfig scaling) {
    double factor = scaling.number("factor");
    double low = scaling.number("low_freq_factor");
    double high = scaling.number("high_freq_factor");
    double original = scaling.number("original_max_position_embeddings");
    double[] out = frequencies.clone();
    for (int i = 0; i < out.length; i++) {
      double turns = original * out[i] / (2 * Math.PI);
      if (turns < low) {
        out[i] /= factor;
      } else if (turns < high) {
        double kept = (turns - low) / (high - low);
        out[i] *= (1 - kept) / factor + kept;
      }
    }
    return out;
  }
}
