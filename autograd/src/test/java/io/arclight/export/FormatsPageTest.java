package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.data.Batch;
import io.arclight.data.DataLoader;
import io.arclight.data.Dataset;
import io.arclight.data.Epoch;
import io.arclight.data.blob.BlobStore;
import io.arclight.data.blob.LocalBlobStore;
import io.arclight.data.text.TokenBatch;
import io.arclight.data.text.Tokenizer;
import io.arclight.models.BertConfig;
import io.arclight.models.BertHeads;
import io.arclight.nn.Linear;
import io.arclight.tensor.DType;
import io.arclight.tensor.PageExamples;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of {@code docs/formats.md}: they stand here, run, and are those of the page. */
@Timeout(60)
class FormatsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "formats.md");
  private static final Path HERE =
      Path.of("src", "test", "java", "io", "arclight", "export", "FormatsPageTest.java");

  @TempDir Path temporary;
  private Scope scope;
  private int steps;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void thePageHasTheseExamples() throws IOException {
    assertThat(PageExamples.requireIn(PAGE, HERE)).isEqualTo(6);
  }

  @Test
  void thePageHasTheLimits() throws IOException {
    assertThat(Files.readString(PAGE))
        .contains(
            Unpickler.MAX_OPCODES / 1_000_000 + " million; protocols",
            Unpickler.MAX_STACK / 1_000_000 + " million on the stack",
            Unpickler.MAX_MEMO / 1_000_000 + " million remembered",
            PickleTree.MAX_NODES / 1_000_000 + " million, nested " + PickleTree.MAX_DEPTH,
            (Unpickler.MAX_STRING_BYTES >> 20) + " MiB, " + Unpickler.MAX_NUMBER_BYTES + " bytes",
            SafeTensorsHeader.MAX_BYTES / 1_000_000 + " MB, no name twice");
  }

  @Test
  void checkpoints() throws IOException {
    Linear model = new Linear(3, 2);
    Path file = temporary.resolve("x.pt");
    Map<String, Object> checkpoint = new LinkedHashMap<>();
    checkpoint.put("model", model.stateDict());
    checkpoint.put("epoch", 3);
    TorchFile.save(file, checkpoint); // torch.load(file, weights_only=True) reads it
    TorchFile loaded = TorchFile.load(file);
    model.loadStateDict(loaded.stateDict());
    assertThat(loaded.root()).hasFieldOrPropertyWithValue("epoch", 3L);
  }

  @Test
  void safetensors() throws IOException {
    BlobStore store = LocalBlobStore.at(temporary);
    Path weights = temporary.resolve("x.safetensors");
    Map<String, Tensor> state = Map.of("w", Tensor.of(1f));
    SafeTensors.writeSharded(store, state, Map.of("format", "pt"), 5_000_000_000L);
    SafeTensors.write(weights, state, Map.of());
    Map<String, Tensor> back = SafeTensors.read(weights).tensors();
    assertThat(back.keySet()).isEqualTo(state.keySet());
  }

  @Test
  void folders() throws Exception {
    BlobStore store = LocalBlobStore.at(temporary);
    Path path = Path.of(getClass().getResource("gpt2").toURI());
    HuggingFaceFolder folder = HuggingFaceFolder.at(path);
    ModelConfig config = folder.config();
    int layers = config.integer("n_layer");
    double epsilon = config.number("layer_norm_epsilon", 1e-5); // where the file does not say
    Map<String, Tensor> state = folder.state();
    HuggingFaceFolder.save(store, config, state, 5_000_000_000L); // from_pretrained reads it
    assertThat(layers).isEqualTo(1);
    assertThat(epsilon).isEqualTo(1e-5);
  }

  @Test
  void programs() throws IOException {
    BlobStore store = LocalBlobStore.at(temporary);
    BertHeads.SequenceClassification bert =
        new BertHeads.SequenceClassification(BertConfig.of(20, 8, 1, 2, 12, 8), 2);
    Signature signature =
        Signature.of(
                InputSpec.of("ids", DType.INT64, Shape.of(6)), // array<bigint> of 6
                InputSpec.of("mask", DType.INT64, Shape.of(6))) // 0 for padding
            .labels(new Labels("topic", "string", List.of("sport", "trade")));
    Program program =
        Program.trace(
            bert,
            in -> Map.of(Program.OUTPUT, bert.call(in.get("ids"), in.get("mask").ne(0), null)),
            signature);
    program.save(store);
    assertThat(signature.inputs().get(0).columns())
        .containsExactly(new InputSpec.Column("ids", "array<bigint>"));
    Tensor ids = Tensor.randint(0, 20, Shape.of(3, 6));
    Tensor out = program.run(Map.of("ids", ids, "mask", ids.onesLike())).get(Program.OUTPUT);
    assertThat(out.shape()).isEqualTo(Shape.of(3, 2));
    program.close();
  }

  private static void show(List<String> texts) {
    assertThat(texts).containsExactly("hello world", "the quick brown fox");
  }

  @Test
  void tokenizers() throws Exception {
    Path json = Path.of(Tokenizer.class.getResource("wordpiece.json").toURI());
    try (Tokenizer tokenizer = Tokenizer.load(json).maxLength(8)) {
      TokenBatch batch = tokenizer.batch(List.of("hello world", "the quick brown fox"));
      Tensor ids = batch.inputIds(); // int64 [2, length], padded; attentionMask() has its 0 and 1
      show(tokenizer.decode(ids)); // hello world, the quick brown fox
    }
  }

  record Point(float[] x, int label) {}

  private static final class Points implements Dataset<Point> {
    @Override
    public long size() {
      return 10;
    }

    @Override
    public Point get(long index) {
      return new Point(new float[] {index, 1}, (int) index % 3);
    }
  }

  private void train(Tensor x, Tensor label) {
    assertThat(x.shape()).isEqualTo(Shape.of(4, 2));
    assertThat(label.dtype()).isEqualTo(DType.INT64);
    steps++;
  }

  @Test
  void data() {
    Dataset<Point> points = new Points();
    DataLoader<Batch> loader = DataLoader.of(points, 4).shuffle(7).workers(2).dropLast();
    for (int e = 0; e < 2; e++) {
      try (Epoch<Batch> batches = loader.epoch(e)) {
        for (Batch batch : batches) {
          train(batch.get("x"), batch.get("label")); // float32 [4, 2], int64 [4]
        }
      }
    }
    assertThat(steps).isEqualTo(4);
  }
}
