package io.arclight.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.export.HuggingFaceFolder;
import io.arclight.export.InputSpec;
import io.arclight.export.ModelConfig;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.nn.ActivationFunction;
import io.arclight.nn.Golden;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** GPT-2 and generation against Hugging Face ({@code it/oracle/attention.py}). */
@Timeout(60)
class Gpt2Test {
  private static final Golden GOLDEN = Golden.read(Gpt2Test.class, "gpt2.safetensors");
  private static final Map<String, Object> JSON =
      Map.of("vocab_size", 23, "n_positions", 24, "n_embd", 12, "n_layer", 2, "n_head", 3);

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

  private static Gpt2Config config(Map<String, ?> json) {
    return Gpt2Config.of(ModelConfig.of(json));
  }

  private static Gpt2 model() {
    Gpt2 model = new Gpt2(config(JSON));
    model.loadStateDict(GOLDEN.part("gpt2", "state"));
    model.eval();
    return model;
  }

  private static Gpt2 evaluated(Map<String, ?> options) {
    Map<String, Object> json = new java.util.HashMap<>(JSON);
    json.putAll(options);
    Gpt2 model = new Gpt2(config(json));
    model.eval();
    return model;
  }

  @Test
  void logitsAndGradientsAreThoseOfTheReference() {
    GOLDEN.check("gpt2", evaluated(Map.of()));
    GOLDEN.check(
        "gpt2 options",
        evaluated(
            Map.of(
                "activation_function",
                "relu",
                "n_inner",
                20,
                "layer_norm_epsilon",
                1e-3,
                "scale_attn_by_inverse_layer_idx",
                true)));
    GOLDEN.check(
        "gpt2 unscaled",
        evaluated(Map.of("activation_function", "gelu", "scale_attn_weights", false)));
  }

  @Test
  void checkpointingChangesNoGradient() {
    Gpt2 model = new Gpt2(config(JSON).dropout(0));
    Tensor ids = GOLDEN.inputs("gpt2 greedy")[0];
    model.call(ids).square().mean().backward();
    double[] plain = model.parameters().get(0).grad().toDoubles();
    model.zeroGrad();
    model.gradientCheckpointing().call(ids).square().mean().backward();
    assertThat(model.parameters().get(0).grad().toDoubles()).isEqualTo(plain);
  }

  /** Hooks see a module's own output, which else is added to the residual in one product. */
  @Test
  void hooksSeeOutputsOfTheirModule() {
    Gpt2 model = model();
    Tensor ids = GOLDEN.inputs("gpt2 greedy")[0];
    double[] logits = model.call(ids).toDoubles();
    Tensor[] seen = new Tensor[2];
    model
        .submodule("transformer.h.0.mlp")
        .registerForwardHook((module, in, out) -> keep(seen, 0, out));
    model
        .submodule("transformer.h.0.mlp.c_proj")
        .registerForwardHook((module, in, out) -> keep(seen, 1, out));
    assertThat(model.call(ids).toDoubles()).containsExactly(logits, offset(1e-5));
    assertThat(seen[0].toDoubles()).isEqualTo(seen[1].toDoubles());
  }

  private static Tensor[] keep(Tensor[] seen, int at, Tensor[] out) {
    seen[at] = out[0];
    return null;
  }

  @Test
  void greedyTokensAreTheSameWithAndWithoutTheCache() {
    Gpt2 model = model();
    for (int i = 0; i < 2; i++) {
      Generation greedy = new Generation(model).maxNewTokens(15).pad(0);
      Generation g = i == 0 ? greedy : greedy.noCache();
      GOLDEN.check("gpt2 greedy", in -> new Tensor[] {g.generate(in[0])});
    }
  }

  @Test
  void penaltyAndPaddingAndEndAreThoseOfTheReference() {
    Gpt2 model = model();
    Generation penalty = new Generation(model).maxNewTokens(15).repetitionPenalty(1.8);
    GOLDEN.check("gpt2 penalty", in -> new Tensor[] {penalty.generate(in[0])});
    Tensor mask = Tensor.ones(Shape.of(2, 7), DType.BOOL);
    mask.select(0, 1).narrow(0, 0, 3).zeroInPlace();
    for (int i = 0; i < 2; i++) {
      Generation padded = new Generation(model).maxNewTokens(15).pad(0);
      Generation g = i == 0 ? padded : padded.noCache();
      GOLDEN.check("gpt2 padded", in -> new Tensor[] {g.generate(in[0], mask)});
    }
    long end = GOLDEN.part("gpt2 eos", "option").get("eos").toLongs()[0];
    Generation ends = new Generation(model).maxNewTokens(15).eos(end).pad(0);
    GOLDEN.check("gpt2 eos", in -> new Tensor[] {ends.generate(in[0])});
  }

  @Test
  void samplingFollowsItsOptions() {
    Gpt2 model = model();
    Tensor prompt = GOLDEN.inputs("gpt2 greedy")[0];
    Tensor greedy = new Generation(model).maxNewTokens(10).generate(prompt);
    long[] best = greedy.toLongs();
    assertThat(new Generation(model).maxNewTokens(10).sample(7).topK(1).generate(prompt).toLongs())
        .isEqualTo(best);
    assertThat(
            new Generation(model).maxNewTokens(10).sample(7).topP(1e-6).generate(prompt).toLongs())
        .isEqualTo(best);
    assertThat(
            new Generation(model)
                .maxNewTokens(10)
                .sample(7)
                .temperature(1e-4)
                .generate(prompt)
                .toLongs())
        .isEqualTo(best);
    Tensor drawn = new Generation(model).maxNewTokens(10).sample(7).temperature(3).generate(prompt);
    assertThat(drawn.toLongs()).isNotEqualTo(best);
    assertThat(
            new Generation(model)
                .maxNewTokens(10)
                .sample(7)
                .temperature(3)
                .noCache()
                .generate(prompt)
                .toLongs())
        .isEqualTo(drawn.toLongs());
  }

  @Test
  void windowLetsTextsGrowBeyondThePositions() {
    Gpt2 model = model();
    Tensor prompt = GOLDEN.inputs("gpt2 greedy")[0];
    Tensor text = new Generation(model).maxNewTokens(30).window(24).generate(prompt);
    assertThat(text.shape()).isEqualTo(Shape.of(2, 37));
    Generation beyond = new Generation(model).maxNewTokens(30);
    assertThatThrownBy(() -> beyond.generate(prompt))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("25 tokens are more than the 24 positions");
  }

  @Test
  void nothingIsAddedToNothingAskedFor() {
    Gpt2 model = model();
    Tensor prompt = GOLDEN.inputs("gpt2 greedy")[0];
    assertThat(new Generation(model).maxNewTokens(0).generate(prompt).toLongs())
        .isEqualTo(prompt.toLongs());
    assertThatThrownBy(() -> new Generation(model).generate(prompt.narrow(1, 0, 0)))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("at least one token");
    assertThatThrownBy(() -> new Generation(model).topP(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topP must be above 0 and at most 1, not 0.0");
  }

  @Test
  void isSavedAsAProgram() throws IOException {
    Gpt2 model = model();
    Signature signature = Signature.of(InputSpec.of("ids", DType.INT64, Shape.of(7)));
    try (Program program = Program.trace(model, signature)) {
      program.save(LocalBlobStore.at(folder));
    }
    Tensor ids = GOLDEN.inputs("gpt2 greedy")[0];
    try (Program program = Program.load(LocalBlobStore.at(folder))) {
      for (Tensor rows : new Tensor[] {ids, ids.narrow(0, 0, 1), Tensor.cat(0, ids, ids)}) {
        Tensor out = program.run(Map.of("ids", rows)).get(Program.OUTPUT);
        assertThat(out.sub(model.call(rows)).abs().max().item()).isLessThan(1e-5);
      }
    }
  }

  /** Published files leave out the head and the prefix of names, and have masks. */
  @Test
  void isLoadedFromAFolder() throws IOException {
    Map<String, Tensor> state = new java.util.LinkedHashMap<>();
    GOLDEN
        .part("gpt2", "state")
        .forEach((name, tensor) -> state.put(name.replace("transformer.", ""), tensor));
    state.remove("lm_head.weight");
    state.put("h.0.attn.bias", Tensor.ones(Shape.of(1, 1, 24, 24)));
    HuggingFaceFolder.save(LocalBlobStore.at(folder), ModelConfig.of(JSON), state, 1 << 20);
    Gpt2 loaded = Gpt2.load(HuggingFaceFolder.at(folder));
    loaded.eval();
    Tensor ids = GOLDEN.inputs("gpt2 greedy")[0];
    assertThat(loaded.call(ids).sub(model().call(ids)).abs().max().item()).isZero();
  }

  @Test
  void configurationsAreChecked() {
    assertThat(config(Map.of())).isEqualTo(Gpt2Config.small());
    assertThat(
            Gpt2Config.of(9, 8, 4, 1, 2).dropout(0).activation(ActivationFunction.GELU).embdPdrop())
        .isZero();
    assertThatThrownBy(() -> config(Map.of("n_embd", 10, "n_head", 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nEmbd 10 must be a multiple of nHead 3");
    assertThatThrownBy(() -> config(Map.of("activation_function", "sine")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknown activation \"sine\"");
    assertThatThrownBy(() -> config(Map.of("tie_word_embeddings", false)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
