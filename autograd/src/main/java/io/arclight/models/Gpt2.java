package io.arclight.models;

import io.arclight.autograd.Autograd;
import io.arclight.export.HuggingFaceFolder;
import io.arclight.nn.AttentionOptions;
import io.arclight.nn.Dropout;
import io.arclight.nn.Embedding;
import io.arclight.nn.Functional;
import io.arclight.nn.KeyValueCache;
import io.arclight.nn.Layer;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.Module;
import io.arclight.nn.ModuleList;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * GPT-2 (Radford et al., "Language models are unsupervised multitask learners", 2019) with its
 * language head: tokens int64 [b, n] to logits [b, n, vocabulary]. Its state has the names of the
 * {@code GPT2LMHeadModel} of Hugging Face; the head's weight is the embedding of tokens.
 *
 * <pre>{@code
 * Gpt2 model = new Gpt2(Gpt2Config.of(65, 128, 128, 4, 4));
 * Tensor logits = model.call(tokens);
 * Tensor text = new Generation(model).maxNewTokens(100).sample(1).generate(prompt);
 * }</pre>
 */
public final class Gpt2 extends Layer implements CausalLM {
  private static final String BODY = "transformer.";
  private static final String HEAD = "lm_head.weight";

  private final Gpt2Config config;
  private final Transformer transformer;
  private final LanguageHead head;

  /** Weights normal with the configuration's deviation, from the standard generator. */
  public Gpt2(Gpt2Config config) {
    this.config = config;
    transformer = register("transformer", new Transformer(config));
    head = register("lm_head", new LanguageHead(transformer.wte.weight(), null));
  }

  /**
   * A published model: its settings and weights.
   *
   * <pre>{@code
   * Gpt2 model = Gpt2.load(HuggingFaceFolder.at(Path.of("gpt2")));
   * }</pre>
   *
   * @throws IllegalArgumentException naming every missing, unexpected or misshapen entry
   */
  public static Gpt2 load(HuggingFaceFolder folder) throws IOException {
    Gpt2 out = new Gpt2(Gpt2Config.of(folder.config()));
    Map<String, Tensor> state = new LinkedHashMap<>();
    folder
        .state()
        .forEach(
            (name, tensor) -> {
              String full = name.startsWith(BODY) || name.startsWith(HEAD) ? name : BODY + name;
              // Masks that older versions kept.
              if (!full.endsWith(".attn.bias") && !full.endsWith(".attn.masked_bias")) {
                state.put(full, tensor);
              }
            });
    state.putIfAbsent(HEAD, state.get(BODY + "wte.weight"));
    out.loadStateDict(state);
    return out;
  }

  /**
   * Keeps each block's input only, and computes the rest again in backward: see {@link
   * Module#activationCheckpointing}.
   */
  public Gpt2 gradientCheckpointing() {
    activationCheckpointing(part -> part instanceof Block);
    return this;
  }

  /** Its sizes. */
  public Gpt2Config config() {
    return config;
  }

  @Override
  public Tensor forward(Tensor inputIds) {
    return forward(inputIds, null, null);
  }

  @Override
  public Tensor logits(Tensor inputIds, Tensor attentionMask, KeyValueCache cache) {
    return within(in -> forward(in[0], attentionMask, cache), inputIds);
  }

  private Tensor forward(Tensor inputIds, Tensor attentionMask, KeyValueCache cache) {
    return head.call(transformer.call(inputIds, attentionMask, cache));
  }

  private static final class Transformer extends Module {
    private final long positions;
    private final Embedding wte;
    private final Embedding wpe;
    private final Dropout drop;
    private final ModuleList<Block> h;
    private final LayerNorm lnF;

    Transformer(Gpt2Config c) {
      positions = c.nPositions();
      wte = register("wte", embedding(c.vocabSize(), c));
      wpe = register("wpe", embedding(c.nPositions(), c));
      drop = register("drop", new Dropout(c.embdPdrop()));
      h = register("h", new ModuleList<>());
      for (int i = 0; i < c.nLayer(); i++) {
        h.append(new Block(c, i));
      }
      lnF = register("ln_f", new LayerNorm(c.nEmbd()).eps(c.layerNormEpsilon()));
    }

    private static Embedding embedding(long rows, Gpt2Config c) {
      Embedding out = new Embedding(rows, c.nEmbd());
      try (Context.Restore mode = Autograd.noGrad()) {
        out.weight().mulInPlace(c.initializerRange());
      }
      return out;
    }

    Tensor call(Tensor ids, Tensor attentionMask, KeyValueCache cache) {
      return within(in -> forward(in[0], attentionMask, cache), ids);
    }

    private Tensor forward(Tensor ids, Tensor attentionMask, KeyValueCache cache) {
      if (ids.rank() != 2 || ids.dtype() != DType.INT64) {
        throw new ShapeException(
            "Gpt2: tokens must be int64 [batch, tokens], got " + ids.dtype() + ids.shape());
      }
      long n = ids.dim(1);
      long all = n + (cache == null ? 0 : cache.length());
      if (all > positions) {
        throw new ShapeException(
            "Gpt2: "
                + all
                + " tokens are more than the "
                + positions
                + " positions of the model: shorten the input, or generate with window("
                + positions
                + ")");
      }
      Tensor places = CausalMask.positions(n, all, attentionMask, ids.device());
      AttentionOptions options = CausalMask.options(n, all, attentionMask, ids.device());
      Tensor x = drop.call(wte.call(ids).add(wpe.call(places)));
      for (Block block : h) {
        x = block.call(x, options, cache);
      }
      return lnF.call(x);
    }
  }

  private static final class Block extends Module {
    private final LayerNorm ln1;
    private final Attention attn;
    private final LayerNorm ln2;
    private final FeedForward mlp;

    Block(Gpt2Config c, int index) {
      ln1 = register("ln_1", new LayerNorm(c.nEmbd()).eps(c.layerNormEpsilon()));
      attn = register("attn", new Attention(c, index));
      ln2 = register("ln_2", new LayerNorm(c.nEmbd()).eps(c.layerNormEpsilon()));
      mlp = register("mlp", new FeedForward(c));
    }

    Tensor call(Tensor x, AttentionOptions options, KeyValueCache cache) {
      return within(
          in -> {
            Tensor seen = attn.onto(in[0], ln1.call(in[0]), options, cache);
            return mlp.onto(seen, ln2.call(seen));
          },
          x);
    }
  }

  private static final class Attention extends Module {
    private final int index;
    private final long heads;
    private final double scale;
    private final double dropout;
    private final boolean dropsOutput;
    private final Conv1D cAttn;
    private final Conv1D cProj;
    private final Dropout residDropout;

    Attention(Gpt2Config c, int index) {
      this.index = index;
      heads = c.nHead();
      scale = c.scale(index);
      dropout = c.attnPdrop();
      dropsOutput = c.residPdrop() > 0;
      cAttn = register("c_attn", new Conv1D(c.nEmbd(), 3 * c.nEmbd(), c.initializerRange()));
      cProj = register("c_proj", new Conv1D(c.nEmbd(), c.nEmbd(), residual(c)));
      residDropout = register("resid_dropout", new Dropout(c.residPdrop()));
    }

    /** The output for {@code x}, added to {@code residual}. */
    Tensor onto(Tensor residual, Tensor x, AttentionOptions options, KeyValueCache cache) {
      if (isTraining() && dropsOutput || watched(this, cProj, residDropout)) {
        Tensor out = within(in -> residDropout.call(cProj.call(attend(in[0], options, cache))), x);
        return residual.add(out);
      }
      return within(in -> cProj.onto(residual, attend(in[0], options, cache)), x);
    }

    private Tensor attend(Tensor x, AttentionOptions options, KeyValueCache cache) {
      AttentionOptions own = options.scale(scale).dropout(isTraining() ? dropout : 0);
      Tensor qkv = cAttn.call(x);
      if (cache == null) {
        return Functional.packedSelfAttention(qkv, heads, own);
      }
      Tensor[] parts = qkv.chunk(3, 2);
      KeyValueCache.KeysValues all =
          cache.update(index, Heads.split(parts[1], heads), Heads.split(parts[2], heads));
      Tensor out =
          Functional.scaledDotProductAttention(
              Heads.split(parts[0], heads), all.keys(), all.values(), own);
      return Heads.merge(out);
    }
  }

  private static final class FeedForward extends Module {
    private final Conv1D cFc;
    private final Conv1D cProj;
    private final UnaryOperator<Tensor> activation;
    private final boolean dropsOutput;
    private final Dropout dropout;

    FeedForward(Gpt2Config c) {
      cFc = register("c_fc", new Conv1D(c.nEmbd(), c.nInner(), c.initializerRange()));
      cProj = register("c_proj", new Conv1D(c.nInner(), c.nEmbd(), residual(c)));
      activation = c.activationFunction();
      dropsOutput = c.residPdrop() > 0;
      dropout = register("dropout", new Dropout(c.residPdrop()));
    }

    /** The output for {@code x}, added to {@code residual}. */
    Tensor onto(Tensor residual, Tensor x) {
      if (isTraining() && dropsOutput || watched(this, cProj, dropout)) {
        Tensor out = within(in -> dropout.call(cProj.call(hidden(in[0]))), x);
        return residual.add(out);
      }
      return within(in -> cProj.onto(residual, hidden(in[0])), x);
    }

    private Tensor hidden(Tensor x) {
      return activation.apply(cFc.call(x));
    }
  }

  /** Whether hooks must see what modules give before it is added to the residual. */
  private static boolean watched(Module... modules) {
    return Arrays.stream(modules).anyMatch(Module::hasHooks);
  }

  /** The deviation of weights before a sum over the layers. */
  private static double residual(Gpt2Config c) {
    return c.initializerRange() / Math.sqrt(2.0 * c.nLayer());
  }
}
