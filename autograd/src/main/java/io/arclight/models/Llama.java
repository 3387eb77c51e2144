package io.arclight.models;

import io.arclight.export.HuggingFaceFolder;
import io.arclight.nn.ActivationFunction;
import io.arclight.nn.AttentionOptions;
import io.arclight.nn.Embedding;
import io.arclight.nn.Functional;
import io.arclight.nn.Init;
import io.arclight.nn.KeyValueCache;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.ModuleList;
import io.arclight.nn.RMSNorm;
import io.arclight.nn.RotaryEmbedding;
import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Llama (Touvron et al., 2023; Grattafiori et al., 2024) with its language head: tokens int64 [b,
 * n] to logits [b, n, vocabulary]. Its state has the names of Hugging Face's {@code
 * LlamaForCausalLM}.
 *
 * <pre>{@code
 * Llama model = Llama.load(HuggingFaceFolder.at(Path.of("Llama-3.2-1B")));
 * Tensor text = new Generation(model).maxNewTokens(100).generate(prompt);
 * }</pre>
 */
public final class Llama extends Layer implements CausalLM {
  private static final String HEAD = "lm_head.weight";
  private static final String TOKENS = "model.embed_tokens.weight";

  private final LlamaConfig config;
  private final Body model;
  private final Layer lmHead;

  /** Weights normal with the configuration's deviation, from the standard generator. */
  public Llama(LlamaConfig config) {
    this.config = config;
    model = register("model", new Body(config));
    lmHead =
        register(
            "lm_head",
            config.wordEmbeddings() == LlamaConfig.Embeddings.TIED
                ? new LanguageHead(model.embedTokens.weight(), null)
                : linear(config.hiddenSize(), config.vocabSize(), LlamaConfig.Bias.NONE));
    apply(
        module -> {
          if (module instanceof Linear linear) {
            Init.normal(linear.weight(), 0, config.initializerRange());
          } else if (module instanceof Embedding embedding) {
            Init.normal(embedding.weight(), 0, config.initializerRange());
          }
        });
  }

  private static Linear linear(long in, long out, LlamaConfig.Bias bias) {
    Linear linear = new Linear(in, out);
    return bias == LlamaConfig.Bias.NONE ? linear.noBias() : linear;
  }

  /**
   * A published model: its settings and weights.
   *
   * @throws IllegalArgumentException naming every missing, unexpected or misshapen entry
   */
  public static Llama load(HuggingFaceFolder folder) throws IOException {
    Llama out = new Llama(LlamaConfig.of(folder.config()));
    Map<String, Tensor> state = new LinkedHashMap<>(folder.state());
    // What older versions kept, and what is kept once where it is tied.
    state.keySet().removeIf(name -> name.endsWith(".rotary_emb.inv_freq"));
    if (out.config.wordEmbeddings() == LlamaConfig.Embeddings.TIED) {
      state.putIfAbsent(HEAD, state.get(TOKENS));
    }
    out.loadStateDict(state);
    return out;
  }

  /**
   * Keeps each block's input only, and computes the rest again in backward: see {@link
   * Module#activationCheckpointing}.
   */
  public Llama gradientCheckpointing() {
    activationCheckpointing(part -> part instanceof Block);
    return this;
  }

  /** Its sizes. */
  public LlamaConfig config() {
    return config;
  }

  @Override
  public Tensor forward(Tensor inputIds) {
    return forward(inputIds, null, null);
  }

  @Override
  public Tensor logits(Tensor inputIds, Tensor attentionMask, KeyValueCache cache) {
    return within(() -> forward(inputIds, attentionMask, cache));
  }

  private Tensor forward(Tensor inputIds, Tensor attentionMask, KeyValueCache cache) {
    return lmHead.call(model.call(inputIds, attentionMask, cache));
  }

  /** What all layers share of a call. */
  private record Seen(
      AttentionOptions options, RotaryEmbedding.Angles angles, KeyValueCache cache) {}

  private static final class Body extends Module {
    private final RotaryEmbedding rope;
    private final Embedding embedTokens;
    private final ModuleList<Block> layers = new ModuleList<>();
    private final RMSNorm norm;

    Body(LlamaConfig c) {
      rope = c.rope();
      embedTokens = register("embed_tokens", new Embedding(c.vocabSize(), c.hiddenSize()));
      register("layers", layers);
      for (int i = 0; i < c.numHiddenLayers(); i++) {
        layers.append(new Block(c, i));
      }
      norm = register("norm", new RMSNorm(c.hiddenSize()).eps(c.rmsNormEps()));
    }

    Tensor call(Tensor ids, Tensor attentionMask, KeyValueCache cache) {
      return within(() -> forward(ids, attentionMask, cache));
    }

    private Tensor forward(Tensor ids, Tensor attentionMask, KeyValueCache cache) {
      if (ids.rank() != 2 || ids.dtype() != DType.INT64) {
        throw new ShapeException(
            "Llama: tokens must be int64 [batch, tokens], got " + ids.dtype() + ids.shape());
      }
      long n = ids.dim(1);
      long all = n + (cache == null ? 0 : cache.length());
      Tensor places = CausalMask.positions(n, all, attentionMask, ids.device());
      Tensor x = embedTokens.call(ids);
      Seen seen =
          new Seen(
              CausalMask.options(n, all, attentionMask, ids.device()).enableGqa(),
              rope.at(places, x.dtype()),
              cache);
      for (Block block : layers) {
        x = block.call(x, seen);
      }
      return norm.call(x);
    }
  }

  private static final class Block extends Module {
    private final Attention selfAttn;
    private final FeedForward mlp;
    private final RMSNorm inputLayernorm;
    private final RMSNorm postAttentionLayernorm;

    Block(LlamaConfig c, int index) {
      selfAttn = register("self_attn", new Attention(c, index));
      mlp = register("mlp", new FeedForward(c));
      inputLayernorm = register("input_layernorm", new RMSNorm(c.hiddenSize()).eps(c.rmsNormEps()));
      postAttentionLayernorm =
          register("post_attention_layernorm", new RMSNorm(c.hiddenSize()).eps(c.rmsNormEps()));
    }

    Tensor call(Tensor x, Seen seen) {
      return within(
          () -> {
            Tensor attended = x.add(selfAttn.call(inputLayernorm.call(x), seen));
            return attended.add(mlp.call(postAttentionLayernorm.call(attended)));
          });
    }
  }

  private static final class Attention extends Module {
    private final int index;
    private final long heads;
    private final long shared;
    private final double dropout;
    private final Linear qProj;
    private final Linear kProj;
    private final Linear vProj;
    private final Linear oProj;

    Attention(LlamaConfig c, int index) {
      this.index = index;
      heads = c.numAttentionHeads();
      shared = c.numKeyValueHeads();
      dropout = c.attentionDropout();
      long width = c.headDim();
      qProj = register("q_proj", linear(c.hiddenSize(), heads * width, c.attentionBias()));
      kProj = register("k_proj", linear(c.hiddenSize(), shared * width, c.attentionBias()));
      vProj = register("v_proj", linear(c.hiddenSize(), shared * width, c.attentionBias()));
      oProj = register("o_proj", linear(heads * width, c.hiddenSize(), c.attentionBias()));
    }

    Tensor call(Tensor x, Seen seen) {
      return within(() -> forward(x, seen));
    }

    private Tensor forward(Tensor x, Seen seen) {
      Tensor cos = seen.angles.cos();
      Tensor sin = seen.angles.sin();
      Tensor q = Functional.rotary(Heads.split(qProj.call(x), heads), cos, sin);
      Tensor k = Functional.rotary(Heads.split(kProj.call(x), shared), cos, sin);
      Tensor v = Heads.split(vProj.call(x), shared);
      if (seen.cache != null) {
        KeyValueCache.KeysValues all = seen.cache.update(index, k, v);
        k = all.keys();
        v = all.values();
      }
      AttentionOptions options = seen.options.dropout(isTraining() ? dropout : 0);
      return oProj.call(Heads.merge(Functional.scaledDotProductAttention(q, k, v, options)));
    }
  }

  private static final class FeedForward extends Layer {
    private final Linear gateProj;
    private final Linear upProj;
    private final Linear downProj;
    private final ActivationFunction activation;

    FeedForward(LlamaConfig c) {
      gateProj = register("gate_proj", linear(c.hiddenSize(), c.intermediateSize(), c.mlpBias()));
      upProj = register("up_proj", linear(c.hiddenSize(), c.intermediateSize(), c.mlpBias()));
      downProj = register("down_proj", linear(c.intermediateSize(), c.hiddenSize(), c.mlpBias()));
      activation = c.hiddenAct();
    }

    @Override
    public Tensor forward(Tensor x) {
      return downProj.call(activation.apply(gateProj.call(x)).mul(upProj.call(x)));
    }
  }
}
