package io.arclight.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.HuggingFaceFolder;
import io.arclight.export.ModelConfig;
import io.arclight.nn.Golden;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Llama, BERT, T5 and ViT against Hugging Face ({@code it/oracle/language.py}). */
@Timeout(60)
class LanguageGoldenTest {
  private static final Golden GOLDEN =
      Golden.read(LanguageGoldenTest.class, "language.safetensors");
  private static final int NEW_TOKENS = 12;

  @TempDir private Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @AfterAll
  static void complete() {
    GOLDEN.close();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> json(String name) {
    try {
      return new ObjectMapper().readValue(GOLDEN.text(name + " config"), HashMap.class);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ModelConfig config(String name) {
    return ModelConfig.of(json(name));
  }

  private HuggingFaceFolder saved(String name, Map<String, Tensor> state) throws IOException {
    HuggingFaceFolder.save(LocalBlobStore.at(folder), config(name), state, Long.MAX_VALUE);
    return HuggingFaceFolder.at(folder);
  }

  /** Without entries whose memory another has, as files are written. */
  private static Map<String, Tensor> once(Map<String, Tensor> state) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    state.forEach(
        (name, t) -> {
          if (out.values().stream().noneMatch(o -> o.storage() == t.storage())) {
            out.put(name, t);
          }
        });
    return out;
  }

  private static long[] generated(String name) {
    return GOLDEN.part(name, "generated").get("0").toLongs();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama 3"})
  void llama(String name) throws IOException {
    Llama model = new Llama(LlamaConfig.of(config(name)));
    model.eval();
    GOLDEN.checkModel(name, model);
    Tensor prompt = GOLDEN.inputs(name)[0];
    Generation generation = new Generation(model).maxNewTokens(NEW_TOKENS);
    assertThat(generation.generate(prompt).toLongs()).isEqualTo(generated(name));
    assertThat(generation.noCache().generate(prompt).toLongs()).isEqualTo(generated(name));
    Llama loaded = Llama.load(saved(name, once(model.stateDict())));
    loaded.eval();
    assertThat(loaded.call(prompt).toFloats()).isEqualTo(model.call(prompt).toFloats());
  }

  @Test
  void llamaKnowsTwoWaysOfScalingPositions() {
    Map<String, Object> json = json("llama");
    json.put("rope_parameters", Map.of("rope_type", "yarn", "factor", 2.0));
    assertThatThrownBy(() -> LlamaConfig.of(ModelConfig.of(json)))
        .hasMessageContaining("'yarn' is not known: default, linear or llama3");
    json.put("rope_parameters", Map.of("rope_type", "linear", "factor", 2.0, "rope_theta", 10.0));
    double[] half = LlamaConfig.of(ModelConfig.of(json)).rope().frequencies();
    json.remove("rope_parameters");
    json.put("rope_theta", 10.0);
    double[] whole = LlamaConfig.of(ModelConfig.of(json)).rope().frequencies();
    assertThat(half[1]).isEqualTo(whole[1] / 2);
    assertThatThrownBy(() -> LlamaConfig.of(20, 16, 24, 1, 4, 3))
        .hasMessageContaining("numAttentionHeads 4 must be a multiple of numKeyValueHeads 3");
  }

  private static Map<String, BertHeads.Head> heads() {
    return Map.of(
        "bert masked lm", new BertHeads.MaskedLM(BertConfig.of(config("bert masked lm"))),
        "bert sequence",
            new BertHeads.SequenceClassification(BertConfig.of(config("bert sequence")), 3),
        "bert token", new BertHeads.TokenClassification(BertConfig.of(config("bert token")), 3),
        "bert answer", new BertHeads.QuestionAnswering(BertConfig.of(config("bert answer"))));
  }

  @Test
  void bert() throws IOException {
    for (Map.Entry<String, BertHeads.Head> entry : heads().entrySet()) {
      BertHeads.Head model = entry.getValue();
      model.eval();
      GOLDEN.checkModel(
          entry.getKey(),
          model,
          in -> new Tensor[] {model.call(in[0], in[1].to(DType.BOOL), in[2])});
    }
  }

  @Test
  void aBodyGetsAnotherHead() throws IOException {
    Map<String, BertHeads.Head> heads = heads();
    BertHeads.Head pretrained = heads.get("bert masked lm");
    GOLDEN.fillModel("bert masked lm", pretrained);
    HuggingFaceFolder saved = saved("bert masked lm", once(pretrained.stateDict()));
    BertHeads.Head tuned = heads.get("bert sequence");
    assertThat(BertHeads.load(tuned, saved))
        .containsExactlyInAnyOrder(
            "bert.pooler.dense.weight",
            "bert.pooler.dense.bias",
            "classifier.weight",
            "classifier.bias");
    pretrained.eval();
    tuned.eval();
    Tensor ids = GOLDEN.inputs("bert masked lm")[0];
    assertThat(tuned.bert().call(ids).lastHiddenState().toFloats())
        .isEqualTo(pretrained.bert().call(ids).lastHiddenState().toFloats());
    BertHeads.Head same = heads().get("bert masked lm");
    assertThat(BertHeads.load(same, saved)).isEmpty();
    Map<String, Tensor> nothing = Map.of("x", Tensor.zeros(Shape.of(2)));
    HuggingFaceFolder wrong = saved("bert masked lm", nothing);
    assertThatThrownBy(() -> BertHeads.load(same, wrong)).hasMessageContaining("has no BERT body");
  }

  @ParameterizedTest
  @ValueSource(strings = {"t5", "t5 gated"})
  void t5(String name) throws IOException {
    T5 model = new T5(T5Config.of(config(name)));
    model.eval();
    GOLDEN.checkModel(
        name, model, in -> new Tensor[] {model.call(in[0], in[1].to(DType.BOOL), in[2])});
    Tensor ids = GOLDEN.inputs(name)[0];
    for (boolean cached : new boolean[] {true, false}) {
      Generation generation = new Generation(model.decoder(ids, null)).maxNewTokens(NEW_TOKENS);
      Tensor out = (cached ? generation : generation.noCache()).generate(model.start(2));
      assertThat(out.toLongs()).isEqualTo(generated(name));
    }
    T5 loaded = T5.load(saved(name, once(model.stateDict())));
    loaded.eval();
    assertThat(loaded.encode(ids, null).toFloats()).isEqualTo(model.encode(ids, null).toFloats());
  }

  @Test
  void vit() throws IOException {
    Vit model = new Vit(VitConfig.of(config("vit")));
    model.eval();
    GOLDEN.checkModel("vit", model);
    GOLDEN.traces("vit", model, folder.resolve("program"));
    GOLDEN.fillModel("vit", model);
    Map<String, Tensor> older = new LinkedHashMap<>();
    model
        .stateDict()
        .forEach(
            (key, t) ->
                older.put(
                    key.replace(".layers.", ".encoder.layer.")
                        .replace("attention.q_proj", "attention.attention.query")
                        .replace("attention.k_proj", "attention.attention.key")
                        .replace("attention.v_proj", "attention.attention.value")
                        .replace("attention.o_proj", "attention.output.dense")
                        .replace("mlp.fc1", "intermediate.dense")
                        .replace("mlp.fc2", "output.dense"),
                    t));
    Vit loaded = Vit.load(saved("vit", older));
    loaded.eval();
    Tensor images = GOLDEN.inputs("vit")[0];
    assertThat(loaded.call(images).toFloats()).isEqualTo(model.call(images).toFloats());
    assertThatThrownBy(() -> model.call(Tensor.rand(Shape.of(1, 3, 16, 16))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("images [n, 3, 8, 8], got [1, 3, 16, 16]");
  }
}
