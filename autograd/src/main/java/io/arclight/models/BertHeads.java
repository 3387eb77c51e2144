package io.arclight.models;

import io.arclight.export.HuggingFaceFolder;
import io.arclight.nn.ActivationFunction;
import io.arclight.nn.Dropout;
import io.arclight.nn.Layer;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What {@link Bert} is used for. The state has the names of Hugging Face's classes.
 *
 * <pre>{@code
 * var model = new BertHeads.SequenceClassification(BertConfig.base(), 2);
 * BertHeads.load(model, HuggingFaceFolder.at(Path.of("bert-base-uncased")));
 * Tensor logits = model.call(tokens, mask, null);
 * }</pre>
 */
public final class BertHeads {
  private static final String BODY = "bert.";
  private static final String DECODER = "cls.predictions.decoder.";

  private BertHeads() {}

  /**
   * Loads a published model's weights into {@code model}. What its head lacks there keeps its first
   * values, to be trained; a head of another task is left out.
   *
   * @return names of {@code model} that the folder does not have
   * @throws IllegalArgumentException naming entries of the body that are missing or misshapen
   */
  public static Set<String> load(Module model, HuggingFaceFolder folder) throws IOException {
    Map<String, Tensor> own = model.stateDict();
    Map<String, Tensor> state = new LinkedHashMap<>();
    folder
        .state()
        .forEach(
            (name, tensor) -> {
              // Names of TensorFlow's first checkpoints, and of bodies without a head.
              String modern =
                  name.replace("LayerNorm.gamma", "LayerNorm.weight")
                      .replace("LayerNorm.beta", "LayerNorm.bias");
              String full = own.containsKey(modern) ? modern : BODY + modern;
              if (own.containsKey(full)) {
                state.put(full, tensor);
              }
            });
    share(own, state, DECODER + "weight", BODY + "embeddings.word_embeddings.weight");
    share(own, state, DECODER + "bias", "cls.predictions.bias");
    Set<String> missing = new java.util.LinkedHashSet<>(own.keySet());
    missing.removeAll(state.keySet());
    for (String name : missing) {
      if (name.startsWith(BODY) && !name.startsWith(BODY + "pooler.")) {
        throw new IllegalArgumentException(
            "the folder has no BERT body: " + name + " is missing, as are " + missing);
      }
    }
    model.loadStateDict(state, io.arclight.nn.StateDict.Match.LENIENT);
    return missing;
  }

  private static void share(
      Map<String, Tensor> own, Map<String, Tensor> state, String name, String source) {
    if (own.containsKey(name) && state.containsKey(source)) {
      state.putIfAbsent(name, state.get(source));
    }
  }

  /** A model of tokens, a mask of padding, and token types; the latter two may be null. */
  public abstract static class Head extends Layer {
    final Bert bert;

    private Head(Bert bert) {
      this.bert = register("bert", bert);
    }

    /** The model below the head. */
    public final Bert bert() {
      return bert;
    }

    abstract Tensor head(Bert.Output out);

    @Override
    public final Tensor forward(Tensor inputIds) {
      return head(bert.call(inputIds));
    }

    /** Arguments as of {@link Bert#call(Tensor, Tensor, Tensor)}. */
    public final Tensor call(Tensor inputIds, Tensor attentionMask, Tensor tokenTypeIds) {
      return within(() -> head(bert.call(inputIds, attentionMask, tokenTypeIds)));
    }
  }

  /** Logits of the tokens that masked ones stand for, [b, n, vocabulary]. */
  public static final class MaskedLM extends Head {
    private final Cls cls;

    /** With new weights. */
    public MaskedLM(BertConfig config) {
      super(new Bert(config, Bert.Pooling.NONE));
      cls = register("cls", new Cls(config, bert));
    }

    @Override
    Tensor head(Bert.Output out) {
      return cls.predictions.call(out.lastHiddenState());
    }
  }

  private static final class Cls extends Module {
    private final Predictions predictions;

    Cls(BertConfig config, Bert bert) {
      predictions = register("predictions", new Predictions(config, bert));
    }
  }

  private static final class Predictions extends Layer {
    private final Transform transform;
    private final LanguageHead decoder;

    Predictions(BertConfig config, Bert bert) {
      Tensor bias = register("bias", Tensor.zeros(Shape.of(config.vocabSize())));
      transform = register("transform", new Transform(config));
      decoder = register("decoder", new LanguageHead(bert.tokens(), bias));
    }

    @Override
    public Tensor forward(Tensor x) {
      return decoder.call(transform.call(x));
    }
  }

  private static final class Transform extends Layer {
    private final Linear dense;
    private final ActivationFunction activation;
    private final LayerNorm layerNorm;

    Transform(BertConfig c) {
      dense = register("dense", new Linear(c.hiddenSize(), c.hiddenSize()));
      activation = c.hiddenAct();
      layerNorm = register("LayerNorm", new LayerNorm(c.hiddenSize()).eps(c.layerNormEps()));
      Bert.initialise(this, c);
    }

    @Override
    public Tensor forward(Tensor x) {
      return layerNorm.call(activation.apply(dense.call(x)));
    }
  }

  /** Logits of the classes of a text, [b, labels]. */
  public static final class SequenceClassification extends Head {
    private final Dropout dropout;
    private final Linear classifier;

    /** With new weights, for so many classes. */
    public SequenceClassification(BertConfig config, long labels) {
      super(new Bert(config));
      dropout = register("dropout", new Dropout(config.classifierDropout()));
      classifier = register("classifier", new Linear(config.hiddenSize(), labels));
      Bert.initialise(classifier, config);
    }

    @Override
    Tensor head(Bert.Output out) {
      return classifier.call(dropout.call(out.pooled()));
    }
  }

  /** Logits of the classes of each token, [b, n, labels]. */
  public static final class TokenClassification extends Head {
    private final Dropout dropout;
    private final Linear classifier;

    /** With new weights, for so many classes. */
    public TokenClassification(BertConfig config, long labels) {
      super(new Bert(config, Bert.Pooling.NONE));
      dropout = register("dropout", new Dropout(config.classifierDropout()));
      classifier = register("classifier", new Linear(config.hiddenSize(), labels));
      Bert.initialise(classifier, config);
    }

    @Override
    Tensor head(Bert.Output out) {
      return classifier.call(dropout.call(out.lastHiddenState()));
    }
  }

  /** Logits of the first and of the last token of an answer, [b, n, 2]. */
  public static final class QuestionAnswering extends Head {
    private final Linear qaOutputs;

    /** With new weights. */
    public QuestionAnswering(BertConfig config) {
      super(new Bert(config, Bert.Pooling.NONE));
      qaOutputs = register("qa_outputs", new Linear(config.hiddenSize(), 2));
      Bert.initialise(qaOutputs, config);
    }

    @Override
    Tensor head(Bert.Output out) {
      return qaOutputs.call(out.lastHiddenState());
    }
  }
}
