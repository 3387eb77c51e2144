package io.arclight.models;

import io.arclight.export.HuggingFaceFolder;
import io.arclight.nn.AttentionOptions;
import io.arclight.nn.Dropout;
import io.arclight.nn.Embedding;
import io.arclight.nn.Init;
import io.arclight.nn.KeyValueCache;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.ModuleList;
import io.arclight.nn.RMSNorm;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * T5 (Raffel et al., 2019) with its language head: text to text. Its state has the names of Hugging
 * Face's {@code T5ForConditionalGeneration}.
 *
 * <pre>{@code
 * T5 model = T5.load(HuggingFaceFolder.at(Path.of("t5-small")));
 * Tensor answer = new Generation(model.decoder(question, null)).eos(1).generate(model.start(1));
 * }</pre>
 */
public final class T5 extends Module {
  private static final String SHARED = "shared.weight";
  private static final String HEAD = "lm_head.weight";

  private final T5Config config;
  private final Embedding shared;
  private final Stack encoder;
  private final Stack decoder;
  private final Layer lmHead;

  /** First values as published, from the standard generator. */
  public T5(T5Config config) {
    this.config = config;
    shared = register("shared", new Embedding(config.vocabSize(), config.dModel()));
    Init.normal(shared.weight(), 0, config.initializerFactor());
    encoder = register("encoder", new Stack(config, shared, Part.ENCODER));
    decoder = register("decoder", new Stack(config, shared, Part.DECODER));
    lmHead =
        register(
            "lm_head",
            config.wordEmbeddings() == T5Config.Embeddings.TIED
                ? new LanguageHead(shared.weight(), null)
                : linear(config.dModel(), config.vocabSize(), config.initializerFactor()));
  }

  private enum Part {
    ENCODER,
    DECODER
  }

  static Linear linear(long in, long out, double std) {
    Linear linear = new Linear(in, out).noBias();
    Init.normal(linear.weight(), 0, std);
    return linear;
  }

  /**
   * A published model: its settings and weights.
   *
   * @throws IllegalArgumentException naming every missing, unexpected or misshapen entry
   */
  public static T5 load(HuggingFaceFolder folder) throws IOException {
    Map<String, Tensor> state = new LinkedHashMap<>(folder.state());
    // Of an attention that has no positions, kept by older versions.
    state.remove("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight");
    Tensor table = state.get(SHARED);
    for (String name : List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight")) {
      state.putIfAbsent(name, table);
    }
    // Versions differ in what the settings say of this; the weights tell.
    Tensor head = state.putIfAbsent(HEAD, table);
    boolean tied = head == null || table != null && head.equal(table);
    T5 out =
        new T5(
            T5Config.of(folder.config())
                .wordEmbeddings(tied ? T5Config.Embeddings.TIED : T5Config.Embeddings.SEPARATE));
    out.loadStateDict(state);
    return out;
  }

  /**
   * Keeps each block's input only, and computes the rest again in backward: see {@link
   * Module#activationCheckpointing}.
   */
  public T5 gradientCheckpointing() {
    activationCheckpointing(part -> part instanceof Block);
    return this;
  }

  /** Its sizes. */
  public T5Config config() {
    return config;
  }

  /**
   * The logits of the token after each, [b, n, vocabulary].
   *
   * @param inputIds int64 [b, m]
   * @param attentionMask bool [b, m], false for padding; null for none
   * @param decoderInputIds int64 [b, n], from the start token on
   */
  public Tensor call(Tensor inputIds, Tensor attentionMask, Tensor decoderInputIds) {
    return within(
        () -> {
          Seen seen = encoded(encode(inputIds, attentionMask), attentionMask);
          return head(decoder.call(decoderInputIds, null, seen, null));
        });
  }

  /** Features [b, m, dModel] of {@code inputIds} int64 [b, m], as in {@link #call}. */
  public Tensor encode(Tensor inputIds, Tensor attentionMask) {
    return encoder.call(inputIds, attentionMask, null, null);
  }

  /**
   * What continues an answer to {@code inputIds}, which is encoded now, in the caller's scope. Its
   * attention mask is of the answer.
   */
  public CausalLM decoder(Tensor inputIds, Tensor attentionMask) {
    Seen seen = encoded(encode(inputIds, attentionMask), attentionMask);
    return (ids, mask, cache) -> within(() -> head(decoder.call(ids, mask, seen, cache)));
  }

  /** The start of {@code batch} answers, int64 [batch, 1]. */
  public Tensor start(long batch) {
    return Tensor.full(
        Shape.of(batch, 1), config.decoderStartTokenId(), DType.INT64, shared.weight().device());
  }

  private Tensor head(Tensor features) {
    boolean scaled = config.decoderOutputs() == T5Config.Scale.ROOT_OF_WIDTH;
    return lmHead.call(scaled ? features.mul(1 / Math.sqrt(config.dModel())) : features);
  }

  /**
   * What the decoder sees of the encoder.
   *
   * @param layers keys and values of each layer
   */
  private record Seen(List<KeyValueCache.KeysValues> layers, AttentionOptions options) {}

  private Seen encoded(Tensor features, Tensor mask) {
    List<KeyValueCache.KeysValues> layers = new ArrayList<>();
    for (Block block : decoder.block) {
      layers.add(block.cross().keysValues(features));
    }
    AttentionOptions options = AttentionOptions.of().scale(1);
    return new Seen(
        layers, mask == null ? options : options.attnMask(mask.unsqueeze(1).unsqueeze(1)));
  }

  private static RMSNorm norm(T5Config c) {
    return new RMSNorm(c.dModel()).eps(c.layerNormEpsilon());
  }

  private static final class Stack extends Module {
    private final Part part;
    private final Embedding embedTokens;
    private final ModuleList<Block> block = new ModuleList<>();
    private final RMSNorm finalLayerNorm;
    private final Dropout dropout;

    Stack(T5Config c, Embedding shared, Part part) {
      this.part = part;
      embedTokens = register("embed_tokens", shared);
      register("block", block);
      int layers = part == Part.ENCODER ? c.numLayers() : c.numDecoderLayers();
      for (int i = 0; i < layers; i++) {
        block.append(new Block(c, part, i));
      }
      finalLayerNorm = register("final_layer_norm", norm(c));
      dropout = register("dropout", new Dropout(c.dropoutRate()));
    }

    Tensor call(Tensor ids, Tensor mask, Seen encoder, KeyValueCache cache) {
      return within(() -> forward(ids, mask, encoder, cache));
    }

    private Tensor forward(Tensor ids, Tensor mask, Seen encoder, KeyValueCache cache) {
      if (ids.rank() != 2 || ids.dtype() != DType.INT64) {
        throw new ShapeException(
            "T5: tokens must be int64 [batch, tokens], got " + ids.dtype() + ids.shape());
      }
      long n = ids.dim(1);
      long all = n + (cache == null ? 0 : cache.length());
      Tensor bias = block.get(0).self().positions(n, all);
      Tensor seen = mask == null ? null : mask.unsqueeze(1).unsqueeze(1);
      if (part == Part.DECODER) {
        Tensor past = Tensor.ones(Shape.of(n, all), DType.BOOL, ids.device()).tril(all - n);
        seen = seen == null ? past : past.logicalAnd(seen);
      }
      if (seen != null) {
        bias = bias.maskedFill(seen.logicalNot(), Double.NEGATIVE_INFINITY);
      }
      AttentionOptions options = AttentionOptions.of().scale(1).attnMask(bias);
      Tensor x = dropout.call(embedTokens.call(ids));
      for (Block each : block) {
        x = each.call(x, options, encoder, cache);
      }
      return dropout.call(finalLayerNorm.call(x));
    }
  }

  private static final class Block extends Module {
    private final ModuleList<Module> layer = new ModuleList<>();
    private final int index;

    Block(T5Config c, Part part, int index) {
      this.index = index;
      register("layer", layer);
      layer.append(new SelfAttention(c, part, index));
      if (part == Part.DECODER) {
        layer.append(new CrossAttention(c));
      }
      layer.append(new FeedForward(c));
    }

    T5Attention self() {
      return ((SelfAttention) layer.get(0)).attention;
    }

    T5Attention cross() {
      return ((CrossAttention) layer.get(1)).attention;
    }

    Tensor call(Tensor x, AttentionOptions options, Seen encoder, KeyValueCache cache) {
      return within(
          () -> {
            Tensor out = ((SelfAttention) layer.get(0)).call(x, options, cache, index);
            if (encoder != null) {
              CrossAttention cross = (CrossAttention) layer.get(1);
              out = cross.call(out, encoder.layers.get(index), encoder.options);
            }
            return ((FeedForward) layer.get(-1)).call(out);
          });
    }
  }

  private static final class SelfAttention extends Module {
    private final T5Attention attention;
    private final RMSNorm layerNorm;
    private final Dropout dropout;

    SelfAttention(T5Config c, Part part, int index) {
      attention =
          register(
              "SelfAttention",
              new T5Attention(
                  c,
                  part == Part.ENCODER ? T5Attention.Sides.BOTH : T5Attention.Sides.PAST,
                  index == 0 ? T5Attention.Positions.OWN : T5Attention.Positions.NONE));
      layerNorm = register("layer_norm", norm(c));
      dropout = register("dropout", new Dropout(c.dropoutRate()));
    }

    Tensor call(Tensor x, AttentionOptions options, KeyValueCache cache, int index) {
      return within(
          () -> {
            Tensor normed = layerNorm.call(x);
            KeyValueCache.KeysValues own = attention.keysValues(normed);
            KeyValueCache.KeysValues all =
                cache == null ? own : cache.update(index, own.keys(), own.values());
            return x.add(dropout.call(attention.call(normed, all, options)));
          });
    }
  }

  private static final class CrossAttention extends Module {
    private final T5Attention attention;
    private final RMSNorm layerNorm;
    private final Dropout dropout;

    CrossAttention(T5Config c) {
      attention =
          register(
              "EncDecAttention",
              new T5Attention(c, T5Attention.Sides.BOTH, T5Attention.Positions.NONE));
      layerNorm = register("layer_norm", norm(c));
      dropout = register("dropout", new Dropout(c.dropoutRate()));
    }

    Tensor call(Tensor x, KeyValueCache.KeysValues encoder, AttentionOptions options) {
      return within(() -> x.add(dropout.call(attention.call(layerNorm.call(x), encoder, options))));
    }
  }

  private static final class FeedForward extends Layer {
    private final Hidden hidden;
    private final RMSNorm layerNorm;
    private final Dropout dropout;

    FeedForward(T5Config c) {
      hidden = register("DenseReluDense", new Hidden(c));
      layerNorm = register("layer_norm", norm(c));
      dropout = register("dropout", new Dropout(c.dropoutRate()));
    }

    @Override
    public Tensor forward(Tensor x) {
      return x.add(dropout.call(hidden.call(layerNorm.call(x))));
    }
  }

  private static final class Hidden extends Layer {
    private final T5Config config;
    private final Linear wi;
    private final Linear gated;
    private final Linear wo;
    private final Dropout dropout;

    Hidden(T5Config c) {
      config = c;
      double in = c.initializerFactor() / Math.sqrt(c.dModel());
      boolean gate = c.gate() == T5Config.Gate.PRODUCT;
      wi = register(gate ? "wi_0" : "wi", linear(c.dModel(), c.dFf(), in));
      gated = gate ? register("wi_1", linear(c.dModel(), c.dFf(), in)) : null;
      wo = register("wo", linear(c.dFf(), c.dModel(), c.initializerFactor() / Math.sqrt(c.dFf())));
      dropout = register("dropout", new Dropout(c.dropoutRate()));
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor h = config.activation().apply(wi.call(x));
      return wo.call(dropout.call(gated == null ? h : h.mul(gated.call(x))));
    }
  }
}
