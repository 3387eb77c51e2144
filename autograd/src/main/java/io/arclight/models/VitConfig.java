package io.arclight.models;

import io.arclight.export.ModelConfig;
import io.arclight.nn.ActivationFunction;

/** The sizes of a {@link Vit}, named as in the {@code config.json} of published models. */
public record VitConfig(
    long hiddenSize,
    int numHiddenLayers,
    long numAttentionHeads,
    long intermediateSize,
    ActivationFunction hiddenAct,
    double hiddenDropoutProb,
    double attentionProbsDropoutProb,
    double initializerRange,
    double layerNormEps,
    long imageSize,
    long patchSize,
    long numChannels,
    long numLabels) {

  public VitConfig {
    if (numAttentionHeads <= 0 || hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "VitConfig: hiddenSize "
              + hiddenSize
              + " must be a multiple of numAttentionHeads "
              + numAttentionHeads);
    }
    if (patchSize <= 0 || imageSize % patchSize != 0) {
      throw new IllegalArgumentException(
          "VitConfig: imageSize " + imageSize + " must be a multiple of patchSize " + patchSize);
    }
  }

  /** ViT-B/16 for images of 224 pixels: 86 million parameters. */
  public static VitConfig base(long labels) {
    return of(768, 12, 12, 3072, 224, 16, labels);
  }

  /** All else as in the published models. */
  public static VitConfig of(
      long hiddenSize,
      int numHiddenLayers,
      long numAttentionHeads,
      long intermediateSize,
      long imageSize,
      long patchSize,
      long labels) {
    return new VitConfig(
        hiddenSize,
        numHiddenLayers,
        numAttentionHeads,
        intermediateSize,
        ActivationFunction.GELU,
        0,
        0,
        0.02,
        1e-12,
        imageSize,
        patchSize,
        3,
        labels);
  }

  /** From the values of a {@code config.json}; what it does not say is as in ViT-B/16. */
  public static VitConfig of(ModelConfig json) {
    if (!json.flag("qkv_bias", true)) {
      throw new IllegalArgumentException("VitConfig: qkv_bias must be true");
    }
    long labels = json.has("id2label") ? json.nested("id2label").keys().size() : 2;
    return new VitConfig(
        json.integer("hidden_size", 768),
        json.integer("num_hidden_layers", 12),
        json.integer("num_attention_heads", 12),
        json.integer("intermediate_size", 3072),
        ActivationFunction.of(json.text("hidden_act", "gelu")),
        json.number("hidden_dropout_prob", 0),
        json.number("attention_probs_dropout_prob", 0),
        json.number("initializer_range", 0.02),
        json.number("layer_norm_eps", 1e-12),
        json.integer("image_size", 224),
        json.integer("patch_size", 16),
        json.integer("num_channels", 3),
        labels);
  }
}
