package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The folders gpt2 and gpt2-bin are transformers', by {@code it/oracle/huggingface.py}. */
@Timeout(60)
class HuggingFaceFolderTest {
  @TempDir Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private Path copy(String name) throws Exception {
    Path from = Path.of(getClass().getResource(name).toURI());
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    return folder;
  }

  private static void same(Map<String, Tensor> actual, Map<String, Tensor> expected) {
    assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    expected.forEach(
        (name, tensor) -> {
          assertThat(actual.get(name).shape()).isEqualTo(tensor.shape());
          assertThat(actual.get(name).dtype()).isEqualTo(tensor.dtype());
          assertThat(actual.get(name).toDoubles()).isEqualTo(tensor.toDoubles());
        });
  }

  @Test
  void safetensorsAndTorchGiveTheSame() throws Exception {
    Path safe = Path.of(getClass().getResource("gpt2").toURI());
    Path torch = Path.of(getClass().getResource("gpt2-bin").toURI());
    Map<String, Tensor> state = HuggingFaceFolder.at(safe).state();
    assertThat(state).hasSize(16);
    assertThat(state.get("transformer.h.0.attn.c_attn.weight").shape()).isEqualTo(Shape.of(4, 12));
    same(HuggingFaceFolder.at(torch).state(), state);
    same(HuggingFaceFolder.of(LocalBlobStore.at(torch)).state(), state);
    same(SafeTensors.readSharded(LocalBlobStore.at(safe), SafeTensors.INDEX), state);
    same(
        SafeTensors.readSharded(
            LocalBlobStore.at(safe.getParent()), "gpt2/model.safetensors.index.json"),
        state);
  }

  @Test
  void config() throws Exception {
    ModelConfig config =
        HuggingFaceFolder.at(Path.of(getClass().getResource("gpt2").toURI())).config();
    assertThat(config.text("model_type")).isEqualTo("gpt2");
    assertThat(config.integer("n_layer")).isEqualTo(1);
    assertThat(config.number("layer_norm_epsilon")).isEqualTo(1e-5);
    assertThat(config.flag("scale_attn_weights")).isTrue();
    assertThat(config.texts("architectures")).containsExactly("GPT2LMHeadModel");
    assertThat(config.has("n_inner")).isFalse();
    assertThat(config.integer("n_inner", 16)).isEqualTo(16);
    assertThat(config.number("absent", 2)).isEqualTo(2);
    assertThat(config.flag("absent", true)).isTrue();
    assertThat(config.text("absent", "gelu")).isEqualTo("gelu");
    assertThatThrownBy(() -> config.integer("layers"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContainingAll("config.json: has no 'layers'", "n_layer");
    assertThatThrownBy(() -> config.integer("model_type"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'model_type' is \"gpt2\", expected a whole number");
    assertThatThrownBy(() -> config.integers("architectures"))
        .isInstanceOf(IllegalArgumentException.class);
    ModelConfig made =
        ModelConfig.of(Map.of("sizes", List.of(1, 2), "task", Map.of("name", "x", "p", 0.5)));
    assertThat(made.integers("sizes")).containsExactly(1, 2);
    assertThat(made.nested("task").number("p")).isEqualTo(0.5);
    assertThat(made.nested("task").keys()).containsExactlyInAnyOrder("name", "p");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret.safetensors",
        "/etc/x.safetensors",
        "a/b.safetensors",
        "",
        "x.bin",
        ".hidden.safetensors",
        "..\\\\x.safetensors"
      })
  void filesStayInTheFolder(String part) throws Exception {
    Path index = folder.resolve(SafeTensors.INDEX);
    Files.writeString(index, "{\"weight_map\":{\"w\":\"" + part + "\"}}");
    assertThatThrownBy(() -> HuggingFaceFolder.at(folder).state())
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContainingAll(index.toString(), "'w'", "in the same folder");
  }

  private void refused(String... parts) {
    long before = Memory.liveBytes();
    assertThatThrownBy(() -> HuggingFaceFolder.at(folder).state())
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContainingAll(parts);
    assertThat(Memory.liveBytes()).isEqualTo(before);
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    refused(folder.toString(), "no weights", "pytorch_model.bin");
    assertThatThrownBy(() -> HuggingFaceFolder.at(folder).config())
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("config.json is missing");
    copy("gpt2");
    Path index = folder.resolve(SafeTensors.INDEX);
    String json = Files.readString(index);
    Files.writeString(
        index,
        json.replace(
            "transformer.ln_f.bias\": \"model-00003", "transformer.ln_f.bias\": \"model-00002"));
    refused("does not fit model-00002", "lacks [transformer.ln_f.bias]");
    Files.writeString(index, json.replace("\"transformer.ln_f.bias\"", "\"other\""));
    refused("model-00003", "lacks [other]", "unannounced, [transformer.ln_f.bias]");
    Files.writeString(index, json);
    Files.delete(folder.resolve("model-00003-of-00003.safetensors"));
    refused("model-00003-of-00003.safetensors", "missing");
    Files.writeString(index, "{}");
    refused("weight_map");
    Files.writeString(folder.resolve("config.json"), "[]");
    assertThatThrownBy(() -> HuggingFaceFolder.at(folder).config())
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("no JSON object");
  }

  @Test
  void otherFiles() throws Exception {
    Files.writeString(folder.resolve("vocab.txt"), "a");
    assertThat(HuggingFaceFolder.at(folder).read("vocab.txt")).contains(new byte[] {'a'});
    assertThat(HuggingFaceFolder.at(folder).read("merges.txt")).isEmpty();
    assertThatThrownBy(() -> HuggingFaceFolder.at(folder).read("../x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void savesWhatTransformersReads() throws Exception {
    Path from = Path.of(getClass().getResource("gpt2").toURI());
    HuggingFaceFolder source = HuggingFaceFolder.at(from);
    Map<String, Tensor> state = source.state();
    HuggingFaceFolder.save(LocalBlobStore.at(folder), source.config(), state, 600);
    assertThat(folder.resolve("model-00003-of-00003.safetensors")).exists();
    same(HuggingFaceFolder.at(folder).state(), state);
    String script =
        """
        import sys, torch
        from transformers import GPT2LMHeadModel
        ours = GPT2LMHeadModel.from_pretrained(sys.argv[1]).state_dict()
        theirs = GPT2LMHeadModel.from_pretrained("%s").state_dict()
        assert all(torch.equal(ours[k], theirs[k]) for k in theirs) and len(ours) == len(theirs)
        print("good")
        """;
    Python.judges(script.formatted(from), folder);
  }

  @Test
  void shards() throws IOException {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < 5; i++) {
      state.put("t" + i, Tensor.full(Shape.of(10), i, DType.FLOAT32, Device.CPU));
    }
    LocalBlobStore store = LocalBlobStore.at(folder);
    SafeTensors.writeSharded(store, state, Map.of(), 80);
    assertThat(folder.toFile().list()).hasSize(4);
    same(SafeTensors.readSharded(store, SafeTensors.INDEX), state);
    SafeTensors.writeSharded(store, state, Map.of(), 200);
    same(HuggingFaceFolder.at(folder).state(), state);
    assertThat(folder.resolve(SafeTensors.FILE)).exists();
    assertThat(folder.resolve(SafeTensors.INDEX)).doesNotExist();
    SafeTensors.writeSharded(
        store, Map.of("t4", state.get("t4"), "t3", state.get("t3")), Map.of(), 40);
    assertThat(HuggingFaceFolder.at(folder).state()).hasSize(2);
    assertThatThrownBy(() -> SafeTensors.writeSharded(store, state, Map.of(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 0");
  }
}
