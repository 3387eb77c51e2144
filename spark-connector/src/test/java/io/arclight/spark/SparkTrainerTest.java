package io.arclight.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.arclight.data.Batch;
import io.arclight.distributed.DistributedDataParallel;
import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Dropout;
import io.arclight.nn.Linear;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.optim.Adam;
import io.arclight.spark.feed.ColumnMapping;
import io.arclight.spark.feed.Features;
import io.arclight.spark.feed.FeedException;
import io.arclight.spark.feed.Label;
import io.arclight.spark.feed.Shuffle;
import io.arclight.spark.launch.Placement;
import io.arclight.spark.launch.RunSettings;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(180)
class SparkTrainerTest {
  private static SparkSession spark;
  private static Dataset<Row> points;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[3]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "3")
            .getOrCreate();
    points =
        spark
            .range(0, 1003, 1, 7)
            .selectExpr(
                "cast(sin(id) as float) x",
                "cast(cos(id * 7) as float) y",
                "case when sin(id) * cos(id * 7) > 0 then 'same' else 'other' end side");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static SparkTrainer<Sequential> trainer(int workers) {
    return SparkTrainer.of(
            () -> new Sequential(Linear.of(2, 32), new ReLU(), new Dropout(0.1), Linear.of(32, 2)))
        .loss(new CrossEntropyLoss())
        .optimizer(p -> new Adam(p, 1e-2))
        .features(Features.columns("x", "y"))
        .label("side")
        .globalBatchSize(64)
        .epochs(6)
        .workers(workers)
        .settings(RunSettings.defaults().with(new Placement(3, Duration.ofSeconds(20))));
  }

  @Test
  void trainsSavesAndLoads(@TempDir Path folder) {
    TrainedModel model = trainer(2).epochs(15).validationFraction(0.2).fit(points);
    EpochMetrics last = model.history().get(14);
    assertThat(last.loss()).isLessThan(0.35);
    assertThat(last.validationAccuracy()).isGreaterThan(0.85);
    assertThat(model.program().signature().labels().values()).containsExactly("other", "same");
    String path = folder.resolve("model").toString();
    model.save(path);
    Tensor x = Tensor.of(new float[] {0.5f, 0.5f, -0.5f, 0.5f}, Shape.of(2, 2));
    Tensor expected = model.program().run(Map.of("features", x)).get("output");
    Tensor actual = TrainedModel.load(path).program().run(Map.of("features", x)).get("output");
    assertThat(actual.toFloats()).isEqualTo(expected.toFloats());
    assertThat(actual.argmax(1).toLongs()).containsExactly(1, 0);
  }

  @Test
  void theShortestLoopHasEveryColumnUnderItsName() {
    Dataset<Row> rows =
        points.selectExpr(
            "x",
            "cast(y as double) y",
            "array(x, y) xy",
            "cast(1 as tinyint) one",
            "array(7L) seven");
    List<String> ranks =
        DistributedTraining.run(
            rows,
            1,
            (rank, batches) -> {
              Batch first = batches.epoch(0).iterator().next();
              Map<String, Tensor> columns = new TreeMap<>(first.columns());
              long n = first.rows();
              boolean same =
                  Arrays.equals(first.get("xy").select(1, 1).toFloats(), first.get("y").toFloats());
              return same
                  + columns.entrySet().stream()
                      .map(
                          c ->
                              " %s %s %s"
                                  .formatted(
                                      c.getKey(),
                                      c.getValue().dtype(),
                                      c.getValue().shape().toString().replace("" + n, "n")))
                      .collect(Collectors.joining());
            });
    assertThat(ranks)
        .containsExactly(
            "true one int64 [n] seven int64 [n, 1] x float32 [n] xy float32 [n, 2] y float32 [n]");
    assertThatThrownBy(
            () -> DistributedTraining.run(points.selectExpr("'a' text"), 1, (rank, batches) -> 0))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("column 'text' is of type string");
  }

  @Test
  void theLoopOfOnesOwn() {
    ColumnMapping mapping =
        ColumnMapping.of(Features.columns("x", "y")).withLabel(Label.classes("side"));
    List<String> ranks =
        DistributedTraining.over(points, mapping)
            .workers(2)
            .globalBatchSize(64)
            .settings(RunSettings.defaults().with(new Placement(3, Duration.ofSeconds(20))))
            .run(
                (rank, batches) -> {
                  var model =
                      new DistributedDataParallel(
                          new Sequential(Linear.of(2, 16), new ReLU(), Linear.of(16, 2)),
                          rank.communicator());
                  var optimizer = new Adam(model.parameters(), 1e-2);
                  long rows = 0;
                  for (int epoch = 0; epoch < 2; epoch++) {
                    for (Batch b : batches.epoch(epoch)) {
                      rows += b.rows();
                      optimizer.zeroGrad();
                      new CrossEntropyLoss()
                          .forward(model.call(b.get("features")), b.get("side"))
                          .backward();
                      optimizer.step();
                    }
                  }
                  double norm = model.parameters().get(0).norm().item();
                  model.close();
                  return rows + " " + norm;
                });
    assertThat(ranks).hasSize(2);
    long rows = 0;
    for (String r : ranks) {
      rows += Long.parseLong(r.split(" ")[0]);
    }
    assertThat(rows).isEqualTo(2 * 1003);
    assertThat(ranks.get(0).split(" ")[1]).isEqualTo(ranks.get(1).split(" ")[1]);
  }

  /** The queue device has memory of its own and works later: the same bits come out. */
  @Test
  void anotherDeviceGivesTheSameModel() {
    TrainedModel host = trainer(2).epochs(1).fit(points);
    TrainedModel queue = trainer(2).epochs(1).device("queue").fit(points);
    assertThat(queue.history().get(0).loss()).isEqualTo(host.history().get(0).loss());
    assertSameWeights(queue, host);
  }

  /** Gradients of several batches make one step. */
  @Test
  void accumulationEqualsALargerBatch() {
    TrainedModel large =
        trainer(1).globalBatchSize(128).shuffle(Shuffle.NONE).epochs(1).fit(points);
    TrainedModel small =
        trainer(2).globalBatchSize(64).shuffle(Shuffle.NONE).accumulate(2).epochs(1).fit(points);
    assertThat(small.history().get(0).step()).isEqualTo(large.history().get(0).step());
  }

  @Test
  void whatIsMissingIsSaidBeforeAnythingStarts() {
    assertThatThrownBy(() -> trainer(2).optimizer(null).fit(points))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("no optimizer");
    assertThatThrownBy(() -> trainer(2).earlyStopping(2).fit(points))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("validation data");
    assertThatThrownBy(() -> trainer(17).fit(points)).hasMessageContaining("16 lanes");
    assertThatThrownBy(() -> trainer(2).device("tpu")).hasMessageContaining("unknown device 'tpu'");
    Object secret = new Object();
    assertThatThrownBy(() -> trainer(2).optimizer(p -> new Adam(p, secret.hashCode())).fit(points))
        .hasMessageContaining("java.lang.Object");
    assertThatThrownBy(() -> trainer(2).optimizer(p -> new Adam(p, 1e30)).fit(points))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("the loss is");
  }

  @Test
  void anEmptyShareForValidationIsSaid() {
    SparkTrainer<Linear> trainer =
        SparkTrainer.of(() -> Linear.of(2, 2))
            .loss(new CrossEntropyLoss())
            .optimizer(p -> new Adam(p, 1e-2))
            .features("v")
            .label("side")
            .validationFraction(1e-6);
    assertThatThrownBy(() -> trainer.fit(points.selectExpr("array(x, y) AS v", "side")))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("the validation data cannot be used: no row has a value")
        .hasMessageContaining("hold out more, or nothing");
  }

  /** Dropout, a shuffled and ragged epoch: 112 steps on one, two and three workers. */
  @Test
  void workersDoNotChangeTheResult() {
    List<EpochMetrics> alone = null;
    TrainedModel three = null;
    for (int w = 1; w <= 3; w++) {
      three = trainer(w).epochs(7).fit(points);
      List<EpochMetrics> history = three.history();
      assertThat(history.get(6).step()).isEqualTo(112);
      alone = alone == null ? history : alone;
      for (int e = 0; e < 7; e++) {
        assertThat(history.get(e).rows()).isEqualTo(1003);
        assertThat(history.get(e).loss())
            .as(w + " workers, epoch " + e)
            .isCloseTo(alone.get(e).loss(), withinPercentage(5e-4));
      }
    }
    TrainedModel again = trainer(3).epochs(7).fit(points);
    assertSameWeights(again, three);
  }

  /** 1003 rows are 15 batches of 64 and 43 rows, which are left out on any number of workers. */
  @Test
  void aLastBatchIsDropped() {
    List<EpochMetrics> alone = null;
    for (int w = 1; w <= 3; w++) {
      try (TrainedModel model = trainer(w).epochs(3).dropLast().validation(points).fit(points)) {
        List<EpochMetrics> history = model.history();
        assertThat(history.get(2).step()).isEqualTo(45);
        alone = alone == null ? history : alone;
        for (int e = 0; e < 3; e++) {
          assertThat(history.get(e).rows()).isEqualTo(960);
          assertThat(history.get(e).loss()).isCloseTo(alone.get(e).loss(), withinPercentage(5e-4));
          assertThat(history.get(e).validationLoss())
              .isCloseTo(alone.get(e).validationLoss(), withinPercentage(5e-4));
        }
      }
    }
    assertThatThrownBy(() -> trainer(2).globalBatchSize(1004).dropLast().fit(points))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("there are fewer than a global batch and dropLast leaves them out");
  }

  @Test
  void aResumedRunDropsTheSameRows(@TempDir Path folder) {
    SparkTrainer<Sequential> trainer = trainer(2).dropLast().checkpointEvery(7);
    List<EpochMetrics> whole =
        trainer.epochs(3).checkpoint(folder + "/whole").fit(points).history();
    trainer.checkpoint(folder + "/parts").epochs(2).fit(points).close();
    List<EpochMetrics> parts = trainer.epochs(3).resume().fit(points).history();
    assertThat(parts.get(2).rows()).isEqualTo(960);
    assertThat(parts.get(2).loss()).isEqualTo(whole.get(2).loss());
  }

  /** Of 2 full batches of 60 and a last one, in which a rank has one row or none. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "2, 3"})
  void oneRowHasNoVariance(int workers, int left) {
    Dataset<Row> rows =
        spark
            .range(0, 120 + left, 1, 6)
            .selectExpr("cast(id as float) v", "if(id % 2 = 0, 'even', 'odd') side");
    assertThatThrownBy(() -> normed(workers).fit(rows))
        .hasStackTraceContaining("one value per channel has no variance")
        .hasStackTraceContaining("dropLast");
    try (TrainedModel model = normed(workers).dropLast().fit(rows)) {
      assertThat(model.history().get(0).rows()).isEqualTo(120);
    }
  }

  /** One permutation of all rows in every epoch. */
  @Test
  void workersDoNotChangeTheResultOfAGlobalShuffle(@TempDir Path folder) {
    List<EpochMetrics> alone = null;
    TrainedModel three = null;
    for (int w = 1; w <= 3; w++) {
      three = trainer(w).shuffle(Shuffle.GLOBAL).materialize().epochs(7).fit(points);
      List<EpochMetrics> history = three.history();
      assertThat(history.get(6).step()).isEqualTo(112);
      alone = alone == null ? history : alone;
      for (int e = 0; e < 7; e++) {
        assertThat(history.get(e).rows()).isEqualTo(1003);
        assertThat(history.get(e).loss())
            .as(w + " workers, epoch " + e)
            .isCloseTo(alone.get(e).loss(), withinPercentage(5e-4));
      }
    }
    TrainedModel again = trainer(3).shuffle(Shuffle.GLOBAL).materialize().epochs(7).fit(points);
    assertSameWeights(again, three);
    SparkTrainer<Sequential> parts =
        trainer(3)
            .shuffle(Shuffle.GLOBAL)
            .materialize()
            .checkpoint(folder.toString())
            .checkpointEvery(5);
    parts.epochs(3).fit(points).close();
    assertSameWeights(parts.epochs(7).resume().fit(points), three);
  }

  private static void assertSameWeights(TrainedModel actual, TrainedModel expected) {
    expected
        .program()
        .constants()
        .forEach(
            (name, tensor) ->
                assertThat(actual.program().constants().get(name).toFloats())
                    .as(name)
                    .isEqualTo(tensor.toFloats()));
  }

  @Test
  void aGlobalShuffleDropsTheLastBatch() {
    SparkTrainer<Sequential> trainer = trainer(2).shuffle(Shuffle.GLOBAL).dropLast().epochs(3);
    for (EpochMetrics epoch : trainer.fit(points).history()) {
      assertThat(epoch.rows()).isEqualTo(960);
    }
  }

  @Test
  void aGlobalShuffleWithoutEffectIsRefused() {
    assertThatThrownBy(() -> trainer(2).shuffle(Shuffle.GLOBAL).epochs(1).fit(points))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("call materialize() too");
    assertThatThrownBy(() -> trainer(2).materialize().fit(points))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("materialize() serves shuffle(GLOBAL), but the shuffle is WINDOW");
  }

  @Test
  void resumesWhereAnEpochAndACheckpointEndTogether(@TempDir Path folder) {
    SparkTrainer<Sequential> trainer =
        trainer(2).epochs(2).checkpoint(folder.toString()).checkpointEvery(16);
    List<EpochMetrics> done = trainer.fit(points).history();
    assertThat(done.get(0).step()).isEqualTo(16);

    List<EpochMetrics> resumed = trainer.epochs(3).resume().fit(points).history();
    // They hold the seconds too, so an epoch that was trained again would differ.
    assertThat(resumed).hasSize(3).startsWith(done.toArray(new EpochMetrics[0]));
  }

  private static SparkTrainer<Sequential> normed(int workers) {
    return SparkTrainer.of(
            () ->
                new Sequential(
                    new BatchNorm1d(1),
                    Linear.of(1, 8),
                    new BatchNorm1d(8),
                    new ReLU(),
                    Linear.of(8, 2)))
        .loss(new CrossEntropyLoss())
        .optimizer(p -> new Adam(p, 1e-2))
        .features(Features.columns("v"))
        .label("side")
        .globalBatchSize(60)
        .workers(workers)
        .settings(RunSettings.defaults().with(new Placement(3, Duration.ofSeconds(20))));
  }

  /** Every rank reads other splits, and these rise: one rank's statistics are not those of all. */
  private static Dataset<Row> rising() {
    return spark
        .range(0, 1200, 1, 6)
        .selectExpr("cast(id / 1200 as float) v", "if(id < 600, 'low', 'high') side");
  }

  @Test
  void runningStatisticsAreThoseOfAllRanks() {
    for (int workers = 1; workers <= 3; workers++) {
      try (TrainedModel model = normed(workers).epochs(4).fit(rising())) {
        Map<String, Tensor> state = model.program().constants();
        assertThat(state.get("0.running_mean").toFloats()[0])
            .as(workers + " workers")
            .isCloseTo(0.5f, within(0.05f));
        assertThat(state.get("0.running_var").toFloats()[0]).isBetween(0.02f, 0.12f);
      }
    }
  }

  /** The last of three batches has two rows: of three ranks one has none, the others one each. */
  @Test
  void synchronisedBatchNormalisationIsThatOfOneWorker() {
    Dataset<Row> rows =
        spark
            .range(0, 122, 1, 6)
            .selectExpr("cast(id / 122 as float) v", "if(id % 3 = 0, 'low', 'high') side");
    List<EpochMetrics> alone = null;
    TrainedModel one = null;
    for (int workers = 1; workers <= 3; workers++) {
      TrainedModel model = normed(workers).syncBatchNorm().epochs(3).fit(rows);
      List<EpochMetrics> history = model.history();
      alone = alone == null ? history : alone;
      one = one == null ? model : one;
      for (int e = 0; e < 3; e++) {
        assertThat(history.get(e).rows()).isEqualTo(122);
        assertThat(history.get(e).loss())
            .as(workers + " workers, epoch " + e)
            .isCloseTo(alone.get(e).loss(), withinPercentage(1e-3));
      }
      // Not of the first linear layer, whose scale the next undoes: its gradients are rounding.
      for (String name : List.of("0.running_mean", "0.running_var", "2.weight", "4.weight")) {
        float[] expected = one.program().constants().get(name).toFloats();
        float[] actual = model.program().constants().get(name).toFloats();
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).as(name).isCloseTo(expected[i], within(1e-4f));
        }
      }
      if (model != one) {
        model.close();
      }
    }
    one.close();
  }

  @Test
  void aResumedRunHasTheRunningStatisticsOfOneThatWasNot(@TempDir Path folder) {
    SparkTrainer<Sequential> trainer = normed(3).validation(rising()).checkpointEvery(7);
    TrainedModel whole = trainer.epochs(3).checkpoint(folder + "/whole").fit(rising());
    trainer.checkpoint(folder + "/parts").epochs(2).fit(rising()).close();
    TrainedModel parts = trainer.epochs(3).resume().fit(rising());
    for (int e = 0; e < 3; e++) {
      assertThat(parts.history().get(e).validationLoss())
          .isEqualTo(whole.history().get(e).validationLoss());
    }
    assertSameWeights(parts, whole);
  }

  /** What validation on all ranks says is what the model that comes out gives. */
  @Test
  void validationSeesTheModelThatIsSaved() {
    List<Row> rows = rising().collectAsList();
    float[] values = new float[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(i).getFloat(0);
    }
    try (TrainedModel model = normed(2).epochs(1).validation(rising()).fit(rising());
        Scope scope = Scope.open()) {
      Tensor v = Tensor.of(values, Shape.of(values.length, 1));
      long[] found = model.program().run(Map.of("features", v)).get("output").argmax(1).toLongs();
      List<?> labels = model.program().signature().labels().values();
      double right = 0;
      for (int i = 0; i < found.length; i++) {
        right += labels.get((int) found[i]).equals(rows.get(i).getString(1)) ? 1 : 0;
      }
      assertThat(model.history().get(0).validationAccuracy()).isEqualTo(right / found.length);
    }
  }
}
