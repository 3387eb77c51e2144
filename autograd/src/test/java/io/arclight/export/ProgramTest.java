package io.arclight.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.data.blob.LocalBlobStore;
import io.arclight.data.blob.MalformedFileException;
import io.arclight.nn.Dropout;
import io.arclight.nn.Embedding;
import io.arclight.nn.Flatten;
import io.arclight.nn.GELU;
import io.arclight.nn.Layer;
import io.arclight.nn.LayerNorm;
import io.arclight.nn.Linear;
import io.arclight.nn.Sequential;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProgramTest {
  private static final Signature PIXELS =
      new Signature(
          List.of(
              InputSpec.of("pixels", DType.UINT8, Shape.of(3, 4))
                  .columns(List.of(new InputSpec.Column("image", "binary")))
                  .transform(
                      Transform.scale(1 / 255.0, 0)
                          .normalize(List.of(0.1, 0.2, 0.3), List.of(0.5, 0.6, 0.7)))),
          new Labels("animal", "string", List.of("cat", "dog", "newt")));

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static Sequential model() {
    return new Sequential(
        new Flatten(),
        new Linear(12, 8),
        new LayerNorm(8),
        new GELU(),
        new Dropout(0.9),
        new Linear(8, 3));
  }

  private static Tensor pixels(long rows) {
    return Tensor.randint(0, 256, Shape.of(rows, 3, 4)).to(DType.UINT8);
  }

  private static Layer layer(UnaryOperator<Tensor> function) {
    return new Layer() {
      @Override
      public Tensor forward(Tensor x) {
        return function.apply(x);
      }
    };
  }

  @Test
  void roundTripAtAnyBatchSize(@TempDir Path folder) throws IOException {
    Sequential model = model();
    Program traced = Program.trace(model, PIXELS);
    assertThat(model.isTraining()).isTrue();
    model.eval();
    LocalBlobStore store = LocalBlobStore.at(folder);
    String hash = traced.save(store);
    assertThat(Program.hash(store)).isEqualTo(hash);
    Program loaded = Program.load(store);
    assertThat(loaded.signature()).isEqualTo(PIXELS);
    assertThat(loaded.constants().keySet()).contains("1.weight", "5.bias");
    for (long rows : new long[] {1, 2, 13, 100, 0}) {
      Tensor x = pixels(rows);
      float[] expected = model.call(PIXELS.inputs().get(0).transform().apply(x)).toFloats();
      assertThat(traced.run(Map.of("pixels", x)).get("output").toFloats()).isEqualTo(expected);
      assertThat(loaded.run(Map.of("pixels", x)).get("output").toFloats()).isEqualTo(expected);
    }
    traced.close();
    loaded.close();
  }

  @Test
  void sizesThatFollowTheBatch(@TempDir Path folder) throws IOException {
    Layer attention =
        layer(
            x -> {
              Tensor heads = x.reshape(x.dim(0), 3, 2, 2).permute(0, 2, 1, 3);
              Tensor rows = heads.reshape(x.dim(0) * 2, 3, 2);
              Tensor mask = rows.gt(0);
              Tensor out = rows.matmul(rows.transpose(1, 2)).maskedFill(mask.all(), -1e30);
              Tensor scores = out.clamp(Double.NEGATIVE_INFINITY, 5.0).softmax(-1).matmul(rows);
              return scores.reshape(x.dim(0), 12).sum().div(x.dim(0)).expand(x.dim(0), 1);
            });
    Signature signature = Signature.of("x", Shape.of(12));
    LocalBlobStore store = LocalBlobStore.at(folder);
    Program.trace(attention, signature).save(store);
    try (Program loaded = Program.load(store)) {
      for (long rows : new long[] {1, 5, 64}) {
        Tensor x = Tensor.randn(Shape.of(rows, 12));
        assertThat(loaded.run(Map.of("x", x)).get("output").toFloats())
            .isEqualTo(attention.call(x).toFloats());
      }
    }
  }

  @Test
  void severalInputsAndOutputs() {
    Embedding table = new Embedding(5, 2);
    Signature signature =
        Signature.of(
            InputSpec.of("word", DType.INT64, Shape.SCALAR),
            InputSpec.of("x", DType.FLOAT32, Shape.of(2)));
    Program program =
        Program.trace(
            table,
            in -> {
              Tensor sum = table.call(in.get("word")).add(in.get("x"));
              return Map.of("sum", sum, "class", sum.argmax(1));
            },
            signature);
    Tensor word = Tensor.of(4L, 1L);
    Tensor x = Tensor.rand(Shape.of(2, 2));
    Map<String, Tensor> out = program.run(Map.of("word", word, "x", x));
    assertThat(out.get("sum").toFloats()).isEqualTo(table.call(word).add(x).toFloats());
    assertThat(out.get("class").dtype()).isEqualTo(DType.INT64);
    assertThatThrownBy(() -> program.run(Map.of("word", word)))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("input 'x'");
    assertThatThrownBy(() -> program.run(Map.of("word", word, "x", Tensor.rand(Shape.of(3, 2)))))
        .hasMessageContaining("has 3 rows");
    assertThatThrownBy(() -> program.run(Map.of("word", word, "x", Tensor.rand(Shape.of(2, 7)))))
        .hasMessageContaining("[2, 7]");
    assertThatThrownBy(() -> program.run(Map.of("word", x, "x", x)))
        .hasMessageContaining("must be int64");
  }

  @Test
  void refusesWhatIsNoProgram() {
    Signature signature = Signature.of("x", Shape.of(4));
    assertThatThrownBy(() -> Program.trace(layer(x -> x.mul(x.sum().item())), signature))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("is read while a program is being traced")
        .hasMessageContaining("ProgramTest.java");
    assertThatThrownBy(() -> Program.trace(layer(x -> x.mul(1.0 / x.dim(0))), signature))
        .hasMessageContaining("MUL")
        .hasMessageContaining("ProgramTest.java")
        .hasMessageContaining("a * rows + b");
    assertThatThrownBy(() -> Program.trace(layer(x -> x.add(Tensor.rand(Shape.of(4)))), signature))
        .hasMessageContaining("random")
        .hasMessageContaining("ADD");
    assertThatThrownBy(
            () -> Program.trace(layer(x -> x.dim(0) > 13 ? x.exp() : x.add(1)), signature))
        .hasMessageContaining("batch size 17");
    assertThatThrownBy(
            () -> Program.trace(layer(x -> x.dim(0) > 13 ? x.exp() : x.sin()), signature))
        .hasMessageContaining("SIN");
  }

  @Test
  void keepsItsWeightsWhileTheModelTrains() {
    Linear model = new Linear(2, 1);
    Program program = Program.trace(model, Signature.of("x", Shape.of(2)));
    Tensor x = Tensor.ones(Shape.of(1, 2));
    float[] before = program.run(Map.of("x", x)).get("output").toFloats();
    try (var mode = io.arclight.autograd.Autograd.noGrad()) {
      model.weight().fillInPlace(9);
    }
    assertThat(program.run(Map.of("x", x)).get("output").toFloats()).isEqualTo(before);
    assertThat(program.run(Map.of("x", x)).get("output").requiresGrad()).isFalse();
  }

  @Test
  void movesToADevice() {
    Program program = Program.trace(model(), PIXELS);
    Tensor x = pixels(3);
    Tensor there = program.to(Device.QUEUE).run(Map.of("pixels", x.to(Device.QUEUE))).get("output");
    assertThat(there.device()).isEqualTo(Device.QUEUE);
    assertThat(there.to(Device.CPU).toFloats())
        .isEqualTo(program.run(Map.of("pixels", x)).get("output").toFloats());
  }

  @Test
  void threadsShareIt() throws Exception {
    Program program = Program.trace(model(), PIXELS);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int t = 0; t < 16; t++) {
        long rows = t;
        Tensor x = pixels(rows).keep();
        float[] expected = program.run(Map.of("pixels", x)).get("output").toFloats();
        tasks.add(
            () -> {
              for (int i = 0; i < 20; i++) {
                try (Scope own = Scope.open()) {
                  assertThat(program.run(Map.of("pixels", x)).get("output").toFloats())
                      .isEqualTo(expected);
                }
              }
              return true;
            });
      }
      for (Future<Boolean> done : pool.invokeAll(tasks)) {
        assertThat(done.get()).isTrue();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void olderVersionsStay(@TempDir Path folder) throws IOException {
    LocalBlobStore store = LocalBlobStore.at(folder);
    String first = Program.trace(new Linear(2, 1), Signature.of("x", Shape.of(2))).save(store);
    String second = Program.trace(new Linear(2, 1), Signature.of("x", Shape.of(2))).save(store);
    assertThat(second).isNotEqualTo(first);
    assertThat(Program.hash(store)).isEqualTo(second);
    Program.load(store, first).close();
    assertThatThrownBy(() -> Program.load(store, first.replace('a', 'b').replace('0', '1')))
        .isInstanceOf(MalformedFileException.class);
  }

  @Test
  void everyChangeOfAFileIsNoticed(@TempDir Path folder) throws IOException {
    LocalBlobStore store = LocalBlobStore.at(folder);
    assertThatThrownBy(() -> Program.load(store))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("no model at " + folder);
    String hash = Program.trace(model(), PIXELS).save(store);
    for (String name : List.of("program.json", "weights.safetensors", "manifest.json")) {
      Path file = folder.resolve(hash.substring(0, 16)).resolve(name);
      byte[] good = Files.readAllBytes(file);
      byte[] bad = good.clone();
      bad[bad.length / 2] ^= 1;
      Files.write(file, bad);
      assertThatThrownBy(() -> Program.load(store))
          .isInstanceOf(MalformedFileException.class)
          .hasMessageContaining(name);
      Files.write(file, java.util.Arrays.copyOf(good, good.length - 1));
      assertThatThrownBy(() -> Program.load(store))
          .isInstanceOf(MalformedFileException.class)
          .hasMessageContaining(name);
      Files.delete(file);
      assertThatThrownBy(() -> Program.load(store))
          .isInstanceOf(MalformedFileException.class)
          .hasMessageContaining(name + " is missing");
      Files.write(file, good);
      Program.load(store).close();
    }
  }
}
