package io.arclight.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.autograd.Autograd;
import io.arclight.export.InputSpec;
import io.arclight.export.Labels;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.models.BertConfig;
import io.arclight.models.BertHeads;
import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.Conv1d;
import io.arclight.nn.Dropout;
import io.arclight.nn.Embedding;
import io.arclight.nn.GRU;
import io.arclight.nn.LSTM;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.nn.MultiheadAttention;
import io.arclight.nn.TransformerEncoderLayer;
import io.arclight.nn.TransformerOptions;
import io.arclight.spark.Arclight;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers with a memory, a table or a batch of their own, as SQL, whatever batches come. */
@Timeout(120)
class PredictLayersTest {
  private static final int LENGTH = 5;

  @TempDir static Path folder;
  private static SparkSession spark;
  private static Sequences model;

  /** Token ids [n, 5] to logits [n, 2]. */
  private static final class Sequences extends Module {
    private final Embedding table = register("table", new Embedding(7, 6).paddingIdx(0));
    private final Dropout dropout = register("dropout", new Dropout(0.5));
    private final LSTM lstm =
        register("lstm", new LSTM(6, 4).layers(2).bidirectional().batchFirst().dropout(0.3));
    private final GRU gru = register("gru", new GRU(8, 4).batchFirst());
    private final Conv1d conv = register("conv", new Conv1d(4, 4, 3).padding(1));
    private final BatchNorm1d norm = register("norm", new BatchNorm1d(4));
    private final TransformerEncoderLayer encoder =
        register(
            "encoder",
            new TransformerEncoderLayer(
                4, 2, TransformerOptions.of().dimFeedforward(8).batchFirst()));
    private final MultiheadAttention attention =
        register("attention", new MultiheadAttention(4, 2).batchFirst());
    private final Linear linear = register("linear", new Linear(4, 2));

    Map<String, Tensor> forward(Map<String, Tensor> in) {
      Tensor x = dropout.call(table.call(in.get("ids")));
      x = gru.call(lstm.call(x).output()).output();
      x = norm.call(conv.call(x.transpose(1, 2))).transpose(1, 2);
      x = encoder.call(x);
      x = attention.call(x, x, x).output();
      return Map.of(Program.OUTPUT, linear.call(x.mean(1)));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    spark =
        SparkSession.builder().master("local[2]").config("spark.ui.enabled", "false").getOrCreate();
    Arclight.install(spark);
    model = new Sequences();
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      // Moves the running statistics from where they begin.
      model.forward(Map.of("ids", Tensor.of(new long[] {1, 2, 3, 4, 5, 6, 5, 4, 3, 2}, rows(2))));
      model.eval();
      Signature signature =
          Signature.of(
                  InputSpec.of("ids", DType.INT64, Shape.of(LENGTH))
                      .columns(List.of(new InputSpec.Column("ids", "array<bigint>"))))
              .labels(new Labels("label", "int", List.of(0L, 1L)));
      Models.saveAs(folder.resolve("model"), model, model::forward, signature).close();
    }
  }

  @AfterAll
  static void stop() {
    spark.stop();
    LoadedModels.giveBack();
    model = null;
  }

  private static Shape rows(long n) {
    return Shape.of(n, LENGTH);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "7, 3", "1000, 1", "1000, 7", "0, 1"})
  void givesWhatTheModelGives(int count, int partitions) {
    List<Row> found =
        spark
            .range(0, count, 1, partitions)
            .selectExpr(
                "array(id % 7, (id * 3) % 7, (id div 7) % 7, (id div 3) % 7, (id * 5 + 1) % 7) ids")
            .selectExpr("ids", "predict_proba('" + folder.resolve("model") + "', ids) p")
            .collectAsList();
    assertThat(found).hasSize(count);
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      long[] ids =
          found.stream().flatMap(r -> r.<Long>getList(0).stream()).mapToLong(v -> v).toArray();
      float[] expected =
          model
              .forward(Map.of("ids", Tensor.of(ids, rows(count))))
              .get(Program.OUTPUT)
              .softmax(1)
              .toFloats();
      for (int i = 0; i < count; i++) {
        assertThat(found.get(i).<Float>getList(1).get(1))
            .as("row %d of %d", i, count)
            .isCloseTo(expected[2 * i + 1], within(1e-5f));
      }
    }
  }

  /** As in {@code docs/formats.md}: the columns have the names of the inputs. */
  @Test
  void aModelOfTwoInputsTakesTwoColumns(@TempDir Path saved) throws Exception {
    var bert = new BertHeads.SequenceClassification(BertConfig.of(7, 8, 1, 2, 12, LENGTH), 2);
    bert.eval();
    try (Scope scope = Scope.open();
        Context.Restore mode = Autograd.noGrad()) {
      Signature signature =
          Signature.of(
                  InputSpec.of("ids", DType.INT64, Shape.of(LENGTH)),
                  InputSpec.of("mask", DType.INT64, Shape.of(LENGTH)))
              .labels(new Labels("topic", "string", List.of("sport", "trade")));
      Models.saveAs(
              saved,
              bert,
              in -> Map.of(Program.OUTPUT, bert.call(in.get("ids"), in.get("mask").ne(0), null)),
              signature)
          .close();
      String columns =
          "SELECT transform(sequence(0, %d), i -> cast(id + i * i as int) %% 7) ids,"
                  .formatted(LENGTH - 1)
              + " transform(sequence(0, %d), i -> i <= id %% 3) mask FROM range(20)"
                  .formatted(LENGTH - 1);
      List<Row> found =
          spark
              .sql(
                  "SELECT ids, mask, predict_raw('%1$s', ids, mask) a, predict('%1$s', struct(*)) b FROM (%2$s)"
                      .formatted(saved, columns))
              .collectAsList();
      assertThat(found).hasSize(20);
      for (Row row : found) {
        long[] ids = row.<Integer>getList(0).stream().mapToLong(v -> v).toArray();
        long[] mask = row.<Boolean>getList(1).stream().mapToLong(v -> v ? 1 : 0).toArray();
        Tensor kept = Tensor.of(mask, rows(1)).ne(0);
        Tensor expected = bert.call(Tensor.of(ids, rows(1)), kept, null);
        float[] logits = expected.toFloats();
        assertThat(row.<Float>getList(2).get(0)).isCloseTo(logits[0], within(1e-5f));
        assertThat(row.<Float>getList(2).get(1)).isCloseTo(logits[1], within(1e-5f));
        assertThat(row.getString(3)).isEqualTo(logits[0] > logits[1] ? "sport" : "trade");
      }
    }
  }
}
