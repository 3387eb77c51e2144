package io.arclight.models;

import io.arclight.nn.ActivationFunction;
import io.arclight.nn.AttentionOptions;
import io.arclight.nn.Dropout;
import io.arclight.nn.Embedding;
import io.arclight.nn.Functional;
import io.arclight.nn.Init;
import io.arclight.nn.Layer;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.ModuleList;
import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;

/**
 * BERT (Devlin et al., 2018) without a head: tokens int64 [b, n] to features [b, n, hidden]. Its
 * state has the names of Hugging Face's {@code BertModel}; the heads of {@link BertHeads} hold one
 * under {@code bert}.
 */
public final class Bert extends Module {
  /** Whether the first token's features go through one more layer. */
  enum Pooling {
    NONE,
    FIRST_TOKEN
  }

  /**
   * What the model gives.
   *
   * @param lastHiddenState [b, n, hidden]
   * @param pooled of the first token, [b, hidden]; null without a pooler
   */
  public record Output(Tensor lastHiddenState, Tensor pooled) {}

  private final BertConfig config;
  private final Embeddings embeddings;
  private final Encoder encoder;
  private final Pooler pooler;

  /** Weights normal with the configuration's deviation, from the standard generator. */
  public Bert(BertConfig config) {
    this(config, Pooling.FIRST_TOKEN);
  }

  Bert(BertConfig config, Pooling pooling) {
    this.config = config;
    embeddings = register("embeddings", new Embeddings(config));
    encoder = register("encoder", new Encoder(config));
    pooler = pooling == Pooling.NONE ? null : register("pooler", new Pooler(config));
    initialise(this, config);
  }

  /** First values of linear layers and tables. */
  static void initialise(Module model, BertConfig config) {
    model.apply(
        module -> {
          if (module instanceof Linear linear) {
            Init.normal(linear.weight(), 0, config.initializerRange());
            Init.zeros(linear.bias());
          } else if (module instanceof Embedding embedding) {
            Init.normal(embedding.weight(), 0, config.initializerRange());
          }
        });
  }

  /**
   * Keeps each block's input only, and computes the rest again in backward: see {@link
   * Module#activationCheckpointing}.
   */
  public Bert gradientCheckpointing() {
    activationCheckpointing(part -> part instanceof Block);
    return this;
  }

  /** Its sizes. */
  public BertConfig config() {
    return config;
  }

  /** The table of tokens, which a head may share. */
  Tensor tokens() {
    return embeddings.wordEmbeddings.weight();
  }

  /** All tokens of the first kind, none of them padding. */
  public Output call(Tensor inputIds) {
    return call(inputIds, null, null);
  }

  /**
   * Features of tokens.
   *
   * @param inputIds int64 [b, n]
   * @param attentionMask bool [b, n], false for padding; null for none
   * @param tokenTypeIds int64 [b, n], which sentence a token is of; null for all the first
   */
  public Output call(Tensor inputIds, Tensor attentionMask, Tensor tokenTypeIds) {
    return within(() -> forward(inputIds, attentionMask, tokenTypeIds));
  }

  private Output forward(Tensor inputIds, Tensor attentionMask, Tensor tokenTypeIds) {
    if (inputIds.rank() != 2 || inputIds.dtype() != DType.INT64) {
      throw new ShapeException(
          "Bert: tokens must be int64 [batch, tokens], got " + inputIds.dtype() + inputIds.shape());
    }
    AttentionOptions options = AttentionOptions.of();
    if (attentionMask != null) {
      if (attentionMask.dtype() != DType.BOOL || !attentionMask.shape().equals(inputIds.shape())) {
        throw new ShapeException(
            "Bert: an attention mask must be bool"
                + inputIds.shape()
                + " like the tokens, got "
                + attentionMask.dtype()
                + attentionMask.shape());
      }
      options = options.attnMask(attentionMask.unsqueeze(1).unsqueeze(1));
    }
    Tensor x = encoder.call(embeddings.call(inputIds, tokenTypeIds), options);
    return new Output(x, pooler == null ? null : pooler.call(x));
  }

  private static LayerNorm norm(BertConfig c) {
    return new LayerNorm(c.hiddenSize()).eps(c.layerNormEps());
  }

  private static final class Embeddings extends Module {
    private final long positions;
    private final Embedding wordEmbeddings;
    private final Embedding positionEmbeddings;
    private final Embedding tokenTypeEmbeddings;
    private final LayerNorm layerNorm;
    private final Dropout dropout;

    Embeddings(BertConfig c) {
      positions = c.maxPositionEmbeddings();
      wordEmbeddings =
          register(
              "word_embeddings",
              new Embedding(c.vocabSize(), c.hiddenSize()).paddingIdx(c.padTokenId()));
      positionEmbeddings =
          register("position_embeddings", new Embedding(positions, c.hiddenSize()));
      tokenTypeEmbeddings =
          register("token_type_embeddings", new Embedding(c.typeVocabSize(), c.hiddenSize()));
      layerNorm = register("LayerNorm", norm(c));
      dropout = register("dropout", new Dropout(c.hiddenDropoutProb()));
    }

    Tensor call(Tensor ids, Tensor types) {
      return within(() -> forward(ids, types));
    }

    private Tensor forward(Tensor ids, Tensor types) {
      long n = ids.dim(1);
      if (n > positions) {
        throw new ShapeException(
            "Bert: "
                + n
                + " tokens are more than the "
                + positions
                + " positions of the model: truncate the input");
      }
      Tensor places = Tensor.arange(0, n, 1, DType.INT64, ids.device());
      Tensor x = wordEmbeddings.call(ids);
      Tensor kind =
          types == null
              ? tokenTypeEmbeddings.weight().select(0, 0)
              : tokenTypeEmbeddings.call(types);
      return dropout.call(layerNorm.call(x.add(kind).add(positionEmbeddings.call(places))));
    }
  }

  private static final class Encoder extends Module {
    private final ModuleList<Block> layer = register("layer", new ModuleList<>());

    Encoder(BertConfig c) {
      for (int i = 0; i < c.numHiddenLayers(); i++) {
        layer.append(new Block(c));
      }
    }

    Tensor call(Tensor x, AttentionOptions options) {
      return within(
          () -> {
            Tensor out = x;
            for (Block block : layer) {
              out = block.call(out, options);
            }
            return out;
          });
    }
  }

  private static final class Block extends Module {
    private final Attention attention;
    private final Intermediate intermediate;
    private final Residual output;

    Block(BertConfig c) {
      attention = register("attention", new Attention(c));
      intermediate = register("intermediate", new Intermediate(c));
      output = register("output", new Residual(c, c.intermediateSize()));
    }

    Tensor call(Tensor x, AttentionOptions options) {
      return within(
          () -> {
            Tensor attended = attention.call(x, options);
            return output.call(intermediate.call(attended), attended);
          });
    }
  }

  private static final class Attention extends Module {
    private final SelfAttention self;
    private final Residual output;

    Attention(BertConfig c) {
      self = register("self", new SelfAttention(c));
      output = register("output", new Residual(c, c.hiddenSize()));
    }

    Tensor call(Tensor x, AttentionOptions options) {
      return within(() -> output.call(self.call(x, options), x));
    }
  }

  private static final class SelfAttention extends Module {
    private final long heads;
    private final double dropout;
    private final Linear query;
    private final Linear key;
    private final Linear value;

    SelfAttention(BertConfig c) {
      heads = c.numAttentionHeads();
      dropout = c.attentionProbsDropoutProb();
      query = register("query", new Linear(c.hiddenSize(), c.hiddenSize()));
      key = register("key", new Linear(c.hiddenSize(), c.hiddenSize()));
      value = register("value", new Linear(c.hiddenSize(), c.hiddenSize()));
    }

    Tensor call(Tensor x, AttentionOptions options) {
      return within(
          () ->
              Heads.merge(
                  Functional.scaledDotProductAttention(
                      Heads.split(query.call(x), heads),
                      Heads.split(key.call(x), heads),
                      Heads.split(value.call(x), heads),
                      options.dropout(isTraining() ? dropout : 0))));
    }
  }

  /** Projects to the hidden size and norms the sum with what went around. */
  private static final class Residual extends Module {
    private final Linear dense;
    private final LayerNorm layerNorm;
    private final Dropout dropout;

    Residual(BertConfig c, long in) {
      dense = register("dense", new Linear(in, c.hiddenSize()));
      layerNorm = register("LayerNorm", norm(c));
      dropout = register("dropout", new Dropout(c.hiddenDropoutProb()));
    }

    Tensor call(Tensor x, Tensor around) {
      return within(() -> layerNorm.call(dropout.call(dense.call(x)).add(around)));
    }
  }

  private static final class Intermediate extends Layer {
    private final Linear dense;
    private final ActivationFunction activation;

    Intermediate(BertConfig c) {
      dense = register("dense", new Linear(c.hiddenSize(), c.intermediateSize()));
      activation = c.hiddenAct();
    }

    @Override
    public Tensor forward(Tensor x) {
      return activation.apply(dense.call(x));
    }
  }

  private static final class Pooler extends Layer {
    private final Linear dense;

    Pooler(BertConfig c) {
      dense = register("dense", new Linear(c.hiddenSize(), c.hiddenSize()));
    }

    @Override
    public Tensor forward(Tensor x) {
      return dense.call(x.select(1, 0)).tanh();
    }
  }
}
