package io.arclight.models;

import io.arclight.export.ModelConfig;
import io.arclight.nn.ActivationFunction;

/**
 * The sizes of a {@link T5}, named as in the {@code config.json} of published models.
 *
 * @param gate whether the hidden layer is a product of two
 */
public record T5Config(
    long vocabSize,
    long dModel,
    long dKv,
    long dFf,
    int numLayers,
    int numDecoderLayers,
    long numHeads,
    int relativeAttentionNumBuckets,
    int relativeAttentionMaxDistance,
    double dropoutRate,
    double layerNormEpsilon,
    double initializerFactor,
    ActivationFunction activation,
    Gate gate,
    Embeddings wordEmbeddings,
    Scale decoderOutputs,
    long decoderStartTokenId,
    long eosTokenId) {

  /** The hidden layer. */
  public enum Gate {
    NONE,
    PRODUCT
  }

  /** Whether the head's weight is the embedding of tokens. */
  public enum Embeddings {
    TIED,
    SEPARATE
  }

  /** Whether features are divided by the root of their number before the head. */
  public enum Scale {
    NONE,
    ROOT_OF_WIDTH
  }

  public T5Config {
    if (relativeAttentionNumBuckets < 4 || relativeAttentionNumBuckets % 2 != 0) {
      throw new IllegalArgumentException(
          "T5Config: relativeAttentionNumBuckets must be even and at least 4, not "
              + relativeAttentionNumBuckets);
    }
  }

  /** The smallest published model: 60 million parameters. */
  public static T5Config small() {
    return of(32128, 512, 64, 2048, 6, 8);
  }

  /** All else as in the first published models. */
  public static T5Config of(
      long vocabSize, long dModel, long dKv, long dFf, int numLayers, long numHeads) {
    return new T5Config(
        vocabSize,
        dModel,
        dKv,
        dFf,
        numLayers,
        numLayers,
        numHeads,
        32,
        128,
        0.1,
        1e-6,
        1,
        ActivationFunction.RELU,
        Gate.NONE,
        Embeddings.TIED,
        Scale.ROOT_OF_WIDTH,
        0,
        1);
  }

  /** From the values of a {@code config.json}; what it does not say is as in the small model. */
  public static T5Config of(ModelConfig json) {
    String feedForward = json.text("feed_forward_proj", "relu");
    boolean gated = feedForward.startsWith("gated-");
    String name = gated ? feedForward.substring("gated-".length()) : feedForward;
    int layers = json.integer("num_layers", 6);
    boolean tied = json.flag("tie_word_embeddings", true);
    return new T5Config(
        json.integer("vocab_size", 32128),
        json.integer("d_model", 512),
        json.integer("d_kv", 64),
        json.integer("d_ff", 2048),
        layers,
        json.integer("num_decoder_layers", layers),
        json.integer("num_heads", 8),
        json.integer("relative_attention_num_buckets", 32),
        json.integer("relative_attention_max_distance", 128),
        json.number("dropout_rate", 0.1),
        json.number("layer_norm_epsilon", 1e-6),
        json.number("initializer_factor", 1),
        // The gated models were trained with the approximation.
        ActivationFunction.of(gated && name.equals("gelu") ? "gelu_new" : name),
        gated ? Gate.PRODUCT : Gate.NONE,
        tied ? Embeddings.TIED : Embeddings.SEPARATE,
        json.flag("scale_decoder_outputs", tied) ? Scale.ROOT_OF_WIDTH : Scale.NONE,
        json.integer("decoder_start_token_id", json.integer("pad_token_id", 0)),
        json.integer("eos_token_id", 1));
  }

  /** With a head of its own, or that of the embeddings. */
  T5Config wordEmbeddings(Embeddings value) {
    return new T5Config(
        vocabSize,
        dModel,
        dKv,
        dFf,
        numLayers,
        numDecoderLayers,
        numHeads,
        relativeAttentionNumBuckets,
        relativeAttentionMaxDistance,
        dropoutRate,
        layerNormEpsilon,
        initializerFactor,
        activation,
        gate,
        value,
        decoderOutputs,
        decoderStartTokenId,
        eosTokenId);
  }
}
