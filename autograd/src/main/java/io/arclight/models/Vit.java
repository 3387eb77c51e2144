package io.arclight.models;

import io.arclight.export.HuggingFaceFolder;
import io.arclight.nn.ActivationFunction;
import io.arclight.nn.AttentionOptions;
import io.arclight.nn.Conv2d;
import io.arclight.nn.Dropout;
import io.arclight.nn.Functional;
import io.arclight.nn.Init;
import io.arclight.nn.Layer;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.ModuleList;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The vision transformer (Dosovitskiy et al., 2020): images [n, channels, size, size] to logits [n,
 * labels]. Its state has the names of Hugging Face's {@code ViTForImageClassification}.
 *
 * <pre>{@code
 * Vit model = Vit.load(HuggingFaceFolder.at(Path.of("vit-base-patch16-224")));
 * }</pre>
 */
public final class Vit extends Layer {
  private final VitConfig config;
  private final Body vit;
  private final Linear classifier;

  /** Weights normal with the configuration's deviation, from the standard generator. */
  public Vit(VitConfig config) {
    this.config = config;
    vit = register("vit", new Body(config));
    classifier = register("classifier", new Linear(config.hiddenSize(), config.numLabels()));
    apply(
        module -> {
          double std = config.initializerRange();
          if (module instanceof Linear linear) {
            Init.truncNormal(linear.weight(), 0, std, -2, 2);
            Init.zeros(linear.bias());
          } else if (module instanceof Conv2d conv) {
            Init.truncNormal(conv.weight(), 0, std, -2, 2);
            Init.zeros(conv.bias());
          }
        });
  }

  /**
   * A published model: its settings and weights.
   *
   * @throws IllegalArgumentException naming every missing, unexpected or misshapen entry
   */
  public static Vit load(HuggingFaceFolder folder) throws IOException {
    Vit out = new Vit(VitConfig.of(folder.config()));
    Map<String, Tensor> state = new LinkedHashMap<>();
    folder.state().forEach((name, tensor) -> state.put(modern(name), tensor));
    out.loadStateDict(state);
    return out;
  }

  /** The present name of what files keep under another. */
  private static String modern(String name) {
    return name.replace(".encoder.layer.", ".layers.")
        .replace(".attention.attention.query.", ".attention.q_proj.")
        .replace(".attention.attention.key.", ".attention.k_proj.")
        .replace(".attention.attention.value.", ".attention.v_proj.")
        .replace(".attention.output.dense.", ".attention.o_proj.")
        .replace(".intermediate.dense.", ".mlp.fc1.")
        .replace(".output.dense.", ".mlp.fc2.");
  }

  /**
   * Keeps each block's input only, and computes the rest again in backward: see {@link
   * Module#activationCheckpointing}.
   */
  public Vit gradientCheckpointing() {
    activationCheckpointing(part -> part instanceof Block);
    return this;
  }

  /** Its sizes. */
  public VitConfig config() {
    return config;
  }

  /** Features of the class token, [n, hidden]. */
  public Tensor features(Tensor images) {
    return vit.call(images).select(1, 0);
  }

  @Override
  public Tensor forward(Tensor images) {
    return classifier.call(features(images));
  }

  private static LayerNorm norm(VitConfig c) {
    return new LayerNorm(c.hiddenSize()).eps(c.layerNormEps());
  }

  private static final class Body extends Layer {
    private final Embeddings embeddings;
    private final ModuleList<Block> layers = new ModuleList<>();
    private final LayerNorm layernorm;

    Body(VitConfig c) {
      embeddings = register("embeddings", new Embeddings(c));
      register("layers", layers);
      for (int i = 0; i < c.numHiddenLayers(); i++) {
        layers.append(new Block(c));
      }
      layernorm = register("layernorm", norm(c));
    }

    @Override
    public Tensor forward(Tensor images) {
      Tensor x = embeddings.call(images);
      for (Block block : layers) {
        x = block.call(x);
      }
      return layernorm.call(x);
    }
  }

  /** Patches as rows, the class token before them, and where they are. */
  private static final class Embeddings extends Layer {
    private final VitConfig config;
    private Tensor clsToken;
    private Tensor positionEmbeddings;
    private final Patches patchEmbeddings;
    private final Dropout dropout;

    Embeddings(VitConfig c) {
      config = c;
      long side = c.imageSize() / c.patchSize();
      clsToken = register("cls_token", table(1, c));
      positionEmbeddings = register("position_embeddings", table(side * side + 1, c));
      patchEmbeddings = register("patch_embeddings", new Patches(c));
      dropout = register("dropout", new Dropout(c.hiddenDropoutProb()));
    }

    private static Tensor table(long rows, VitConfig c) {
      Tensor out = Tensor.zeros(Shape.of(1, rows, c.hiddenSize()));
      return Init.truncNormal(out, 0, c.initializerRange(), -2, 2);
    }

    @Override
    public Tensor forward(Tensor images) {
      long size = config.imageSize();
      if (images.rank() != 4
          || images.dim(1) != config.numChannels()
          || images.dim(2) != size
          || images.dim(3) != size) {
        throw new ShapeException(
            "Vit: expects images [n, "
                + config.numChannels()
                + ", "
                + size
                + ", "
                + size
                + "], got "
                + images.shape()
                + ": resize them");
      }
      Tensor patches = patchEmbeddings.call(images);
      Tensor cls = clsToken.expand(Shape.of(images.dim(0), 1, config.hiddenSize()));
      return dropout.call(Tensor.cat(1, cls, patches).add(positionEmbeddings));
    }
  }

  private static final class Patches extends Layer {
    private final Conv2d projection;

    Patches(VitConfig c) {
      projection =
          register(
              "projection",
              new Conv2d(c.numChannels(), c.hiddenSize(), c.patchSize()).stride(c.patchSize()));
    }

    @Override
    public Tensor forward(Tensor images) {
      return projection.call(images).flatten(2).transpose(1, 2);
    }
  }

  private static final class Block extends Layer {
    private final Attention attention;
    private final LayerNorm layernormBefore;
    private final LayerNorm layernormAfter;
    private final FeedForward mlp;

    Block(VitConfig c) {
      attention = register("attention", new Attention(c));
      layernormBefore = register("layernorm_before", norm(c));
      layernormAfter = register("layernorm_after", norm(c));
      mlp = register("mlp", new FeedForward(c));
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor attended = x.add(attention.call(layernormBefore.call(x)));
      return attended.add(mlp.call(layernormAfter.call(attended)));
    }
  }

  private static final class Attention extends Layer {
    private final long heads;
    private final double dropped;
    private final Linear qProj;
    private final Linear kProj;
    private final Linear vProj;
    private final Linear oProj;
    private final Dropout dropout;

    Attention(VitConfig c) {
      heads = c.numAttentionHeads();
      dropped = c.attentionProbsDropoutProb();
      long width = c.hiddenSize();
      qProj = register("q_proj", new Linear(width, width));
      kProj = register("k_proj", new Linear(width, width));
      vProj = register("v_proj", new Linear(width, width));
      oProj = register("o_proj", new Linear(width, width));
      dropout = register("dropout", new Dropout(c.hiddenDropoutProb()));
    }

    @Override
    public Tensor forward(Tensor x) {
      AttentionOptions options = AttentionOptions.of().dropout(isTraining() ? dropped : 0);
      Tensor out =
          Functional.scaledDotProductAttention(
              Heads.split(qProj.call(x), heads),
              Heads.split(kProj.call(x), heads),
              Heads.split(vProj.call(x), heads),
              options);
      return dropout.call(oProj.call(Heads.merge(out)));
    }
  }

  private static final class FeedForward extends Layer {
    private final Linear fc1;
    private final Linear fc2;
    private final ActivationFunction activation;
    private final Dropout dropout;

    FeedForward(VitConfig c) {
      fc1 = register("fc1", new Linear(c.hiddenSize(), c.intermediateSize()));
      fc2 = register("fc2", new Linear(c.intermediateSize(), c.hiddenSize()));
      activation = c.hiddenAct();
      dropout = register("dropout", new Dropout(c.hiddenDropoutProb()));
    }

    @Override
    public Tensor forward(Tensor x) {
      return dropout.call(fc2.call(activation.apply(fc1.call(x))));
    }
  }
}
