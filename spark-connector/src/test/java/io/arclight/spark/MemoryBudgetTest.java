package io.arclight.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.arclight.nn.Conv2d;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Flatten;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.MaxPool2d;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.optim.Adam;
import io.arclight.spark.internal.ExecutorMemory;
import io.arclight.spark.launch.Placement;
import io.arclight.spark.launch.RunSettings;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.MemoryReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What training needs is known, and refused where it is too much, before it begins. */
@Timeout(120)
class MemoryBudgetTest {
  private static final int PIXELS = 784;
  private static final long MIB = 1 << 20;

  private static SparkSession spark;
  private static Dataset<Row> images;
  private static long limit;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder().master("local[2]").config("spark.ui.enabled", "false").getOrCreate();
    images =
        spark
            .range(0, 1024, 1, 2)
            .selectExpr(
                "transform(sequence(1, %d), i -> cast(sin(id * i) as float)) pixels"
                    .formatted(PIXELS),
                "cast(id %% 10 as int) digit".formatted());
    limit = Memory.limit();
  }

  @AfterEach
  void forget() {
    spark.conf().unset(MemoryBudget.MEMORY);
    Memory.limit(limit);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static <L extends Layer> SparkTrainer<L> trainer(
      ModelFactory<L> model, int batch, Shape row) {
    return trainer(model, (m, rows) -> m.call(rows.get("pixels")), batch, row);
  }

  private static <L extends Layer> SparkTrainer<L> trainer(
      ModelFactory<L> model, Forward<L> forward, int batch, Shape row) {
    return SparkTrainer.of(model, forward)
        .loss(new CrossEntropyLoss())
        .optimizer(p -> new Adam(p, 1e-3))
        .features("pixels", row)
        .label("digit")
        .globalBatchSize(batch)
        .quiet()
        .settings(RunSettings.defaults().with(new Placement(2, Duration.ofSeconds(20))));
  }

  private static Sequential wide() {
    return new Sequential(
        Linear.of(PIXELS, 2048),
        new ReLU(),
        Linear.of(2048, 2048),
        new ReLU(),
        Linear.of(2048, 10));
  }

  private static Sequential convolutions() {
    return new Sequential(
        new Conv2d(1, 16, 3).padding(1),
        new ReLU(),
        new Conv2d(16, 16, 3).padding(1),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        Linear.of(16 * 14 * 14, 10));
  }

  @Test
  void aModelThatIsTooLargeIsRefusedBeforeAnyRankStarts() {
    spark.conf().set(MemoryBudget.MEMORY, "64m");
    long start = System.nanoTime();
    MemoryBudgetException refusal =
        catchThrowableOfType(
            () -> trainer(MemoryBudgetTest::wide, 64, Shape.of(PIXELS)).workers(2).fit(images),
            MemoryBudgetException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    assertThat(refusal)
        .hasMessageContaining("2 ranks that share an executor")
        .hasMessageContaining("weights 23 MiB")
        .hasMessageContaining("an executor has 64 MiB for that by spark.arclight.memory")
        .hasMessageContaining("set --conf spark.arclight.memory=");
    assertThat(refusal.available()).isEqualTo(64 * MIB);
    // Two ranks with weights, gradients and their sums.
    assertThat(refusal.needed()).isGreaterThan(2 * 3 * 22 * MIB);
  }

  @Test
  void whatABatchTakesCountsToo() {
    // Weights take 0.1 MiB, so that only the step of training tells.
    spark.conf().set(MemoryBudget.MEMORY, "40m");
    assertThatThrownBy(
            () ->
                trainer(MemoryBudgetTest::convolutions, 512, Shape.of(1, 28, 28))
                    .workers(1)
                    .fit(images))
        .isInstanceOf(MemoryBudgetException.class)
        .hasMessageContaining("A rank (weights 1 MiB")
        .hasMessageContaining("a batch of 512 rows");
  }

  @Test
  void theEstimateIsNearWhatTrainingTakes() {
    assertThat(ratio(MemoryBudgetTest::wide, 256, Shape.of(PIXELS))).isBetween(0.9, 1.5);
    assertThat(ratio(MemoryBudgetTest::convolutions, 256, Shape.of(1, 28, 28))).isBetween(0.9, 1.5);
  }

  private static volatile MemoryReport.Tracking peaks;
  private static volatile long before;

  /** The estimate by what the rank holds at most, from its first step on. */
  private static double ratio(ModelFactory<Sequential> model, int batch, Shape row) {
    peaks = null;
    SparkTrainer<Sequential> trainer =
        trainer(
            model,
            (m, rows) -> {
              boolean rank = TaskContext.get() != null;
              if (rank && peaks == null) {
                // What the weights were drawn from is garbage.
                Memory.collect();
                before = Memory.liveBytes();
                peaks = MemoryReport.trackPeaks();
              }
              return m.call(rows.get("pixels"));
            },
            batch,
            row);
    Fit<Sequential> fit = new Fit<>(trainer, images);
    try (TrainedModel trained = fit.run()) {
      // The driver has the model too.
      long measured = before - trained.program().bytes() + peaks.peakBytes();
      System.out.printf(
          "estimated %d MiB, measured %d MiB%n", fit.budget().needed() / MIB, measured / MIB);
      return (double) fit.budget().needed() / measured;
    } finally {
      peaks.close();
    }
  }

  @Test
  void aModelThatDoesNotTrainOnZerosTrainsAllTheSame() {
    try (TrainedModel model =
        SparkTrainer.of(
                () -> new Sequential(Linear.of(PIXELS, 10)),
                (m, batch) -> {
                  Tensor x = batch.get("pixels");
                  if (m.isTraining() && x.abs().sum().item() == 0) {
                    throw new IllegalStateException("zeros");
                  }
                  return m.call(x);
                })
            .loss(new CrossEntropyLoss())
            .optimizer(p -> new Adam(p, 1e-3))
            .features("pixels", Shape.of(PIXELS))
            .label("digit")
            .quiet()
            .fit(images)) {
      assertThat(model.history()).hasSize(1);
    }
  }

  @Test
  void whatARankFindsTooLittleIsTheSameError() {
    MemoryEstimate huge = new MemoryEstimate(1L << 50, 0, 0, 0, 1, 0);
    MemoryBudget unknown =
        new MemoryBudget(huge.total(), "A rank", -1, "", MemoryBudget.Setting.OWN, false);
    unknown.require();
    assertThatThrownBy(() -> unknown.requireHere(true))
        .isInstanceOf(MemoryBudgetException.class)
        .hasMessageContaining("of its machine's or container's")
        .hasMessageContaining("set --conf spark.arclight.memory=");
    unknown.requireHere(false);
  }

  @Test
  void containersHaveTheOverheadThatSparkAsksFor() {
    Map<Map<String, String>, OptionalLong> cases =
        Map.of(
            Map.of("spark.master", "spark://host:7077"),
            OptionalLong.empty(),
            Map.of("spark.master", "yarn"),
            OptionalLong.of(384 * MIB),
            Map.of("spark.master", "yarn", "spark.executor.memory", "10g"),
            OptionalLong.of(1024 * MIB),
            Map.of("spark.master", "yarn", "spark.executor.memoryOverhead", "3g"),
            OptionalLong.of(3072 * MIB),
            Map.of(
                "spark.master",
                "k8s://https://host",
                "spark.executor.memory",
                "10g",
                "spark.kubernetes.memoryOverheadFactor",
                "0.4"),
            OptionalLong.of(4096 * MIB));
    cases.forEach(
        (settings, expected) -> {
          SparkConf conf = new SparkConf(false);
          settings.forEach(conf::set);
          assertThat(ExecutorMemory.overhead(conf)).as(settings.toString()).isEqualTo(expected);
        });
    assertThatThrownBy(() -> ExecutorMemory.bytes("spark.arclight.memory", "much"))
        .hasMessage("spark.arclight.memory=much is no amount of memory; write it as 8g or 800m");
  }

  @Test
  void theOverheadThatIsRecommendedIsEnough() {
    MemoryEstimate estimate = new MemoryEstimate(400 * MIB, 800 * MIB, 800 * MIB, 100 * MIB, 8, 0);
    MemoryBudget budget =
        new MemoryBudget(
            estimate.total(),
            "A rank",
            512 * MIB,
            "in its container",
            MemoryBudget.Setting.OVERHEAD,
            false);
    assertThatThrownBy(budget::require)
        .hasMessageContaining("needs about 2100 MiB, but an executor has 512 MiB")
        .hasMessageContaining("set --conf spark.executor.memoryOverhead=3072m");
    assertThat(List.of(budget.isKnown())).containsExactly(true);
  }
}
