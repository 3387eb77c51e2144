package io.arclight.models;

import io.arclight.export.ModelConfig;
import io.arclight.nn.ActivationFunction;

/**
 * The sizes of a {@link Bert}, named as in the {@code config.json} of published models.
 *
 * @param padTokenId the token whose row is not trained
 */
public record BertConfig(
    long vocabSize,
    long hiddenSize,
    int numHiddenLayers,
    long numAttentionHeads,
    long intermediateSize,
    ActivationFunction hiddenAct,
    double hiddenDropoutProb,
    double attentionProbsDropoutProb,
    long maxPositionEmbeddings,
    long typeVocabSize,
    double initializerRange,
    double layerNormEps,
    double classifierDropout,
    long padTokenId) {

  public BertConfig {
    if (numAttentionHeads <= 0 || hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "BertConfig: hiddenSize "
              + hiddenSize
              + " must be a multiple of numAttentionHeads "
              + numAttentionHeads);
    }
  }

  /** The base model: 110 million parameters. */
  public static BertConfig base() {
    return of(30522, 768, 12, 12, 3072, 512);
  }

  /** All else as in the published models. */
  public static BertConfig of(
      long vocabSize,
      long hiddenSize,
      int numHiddenLayers,
      long numAttentionHeads,
      long intermediateSize,
      long maxPositionEmbeddings) {
    return new BertConfig(
        vocabSize,
        hiddenSize,
        numHiddenLayers,
        numAttentionHeads,
        intermediateSize,
        ActivationFunction.GELU,
        0.1,
        0.1,
        maxPositionEmbeddings,
        2,
        0.02,
        1e-12,
        0.1,
        0);
  }

  /** From the values of a {@code config.json}; what it does not say is as in the base model. */
  public static BertConfig of(ModelConfig json) {
    if (json.flag("is_decoder", false) || json.flag("add_cross_attention", false)) {
      throw new IllegalArgumentException("BertConfig: decoders are not supported");
    }
    double dropout = json.number("hidden_dropout_prob", 0.1);
    return new BertConfig(
        json.integer("vocab_size", 30522),
        json.integer("hidden_size", 768),
        json.integer("num_hidden_layers", 12),
        json.integer("num_attention_heads", 12),
        json.integer("intermediate_size", 3072),
        ActivationFunction.of(json.text("hidden_act", "gelu")),
        dropout,
        json.number("attention_probs_dropout_prob", 0.1),
        json.integer("max_position_embeddings", 512),
        json.integer("type_vocab_size", 2),
        json.number("initializer_range", 0.02),
        json.number("layer_norm_eps", 1e-12),
        json.number("classifier_dropout", dropout),
        json.integer("pad_token_id", 0));
  }
}
