package io.arclight.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.rand;
import static org.apache.spark.sql.functions.xxhash64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Linear;
import io.arclight.nn.MSELoss;
import io.arclight.optim.SGD;
import io.arclight.spark.feed.Label;
import io.arclight.spark.feed.Shuffle;
import io.arclight.spark.launch.Placement;
import io.arclight.spark.launch.RunListener;
import io.arclight.spark.launch.RunSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which inputs make {@code fit} say that its batches are badly mixed. */
@Timeout(120)
class MixingWarningTest {
  private static final int ROWS = 2048;
  private static final AtomicInteger FORWARDS = new AtomicInteger();
  private static SparkSession spark;
  private static Dataset<Row> sorted;
  private static Dataset<Row> random;

  private final List<String> warnings = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    sorted = sorted(2);
    random =
        sorted
            .repartitionByRange(2, xxhash64(col("price")))
            .sortWithinPartitions(xxhash64(col("price")));
  }

  private static Dataset<Row> sorted(int partitions) {
    return spark
        .range(0, ROWS, 1, partitions)
        .selectExpr(
            "cast(id % 17 as float) / 17 AS x",
            "cast(id as float) / 2048 AS price", "if(id < 600, 'low', 'high') AS side");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sortedRowsInFewPartitionsAreSaidOnce(int workers) {
    prices(workers).epochs(3).fit(sorted).close();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0))
        .contains("64 global batches has", "times the variance that uniform mixing gives")
        .contains("orderBy(rand(1))", "repartition(n)", "shuffleWindow of more than 32 rows");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sortedClassesAreSaid(int workers) {
    trainer(workers, 2).label("side").loss(new CrossEntropyLoss()).fit(sorted).close();
    assertThat(warnings).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theSameRowsInRandomOrderAreNot(int workers) {
    prices(workers).fit(random).close();
    trainer(workers, 2).label("side").loss(new CrossEntropyLoss()).fit(random).close();
    assertThat(warnings).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aConstantLabelIsNot(int workers) {
    prices(workers).fit(sorted.withColumn("price", lit(0.1f))).close();
    assertThat(warnings).isEmpty();
  }

  @Test
  void theRemediesHelp() {
    prices(2).fit(sorted(1).repartition(16)).close();
    prices(2).fit(sorted.orderBy(rand(1))).close();
    prices(2).shuffleWindow(ROWS).fit(sorted).close();
    prices(2).shuffle(Shuffle.GLOBAL).materialize().fit(sorted).close();
    assertThat(warnings).isEmpty();
  }

  @Test
  void aGlobalShuffleBeginsWithTheSecondEpoch() {
    prices(2).shuffle(Shuffle.GLOBAL).epochs(2).fit(sorted).close();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("call materialize() for the first too");
  }

  @Test
  void anOrderThatWasAskedForIsNot() {
    prices(2).shuffle(Shuffle.NONE).fit(sorted).close();
    assertThat(warnings).isEmpty();
  }

  /** The sums of the batches before the restart count too. */
  @Test
  void aResumedEpochIsToldWhole(@TempDir Path folder) {
    FORWARDS.set(60);
    assertThatThrownBy(() -> failing(folder).fit(sorted)).hasMessageContaining("stop here");
    assertThat(warnings).isEmpty();
    FORWARDS.set(Integer.MAX_VALUE);
    failing(folder).resume().fit(sorted).close();
    assertThat(FORWARDS).hasValueGreaterThan(Integer.MAX_VALUE - 100);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("64 global batches");
  }

  private SparkTrainer<Linear> failing(Path folder) {
    return configured(
            SparkTrainer.of(
                () -> Linear.of(1, 1),
                (model, batch) -> {
                  if (FORWARDS.decrementAndGet() < 0) {
                    throw new IllegalStateException("stop here");
                  }
                  return model.call(batch.get("x"));
                }),
            2)
        .label(Label.target("price"))
        .loss(new MSELoss())
        .checkpoint(folder.toString())
        .checkpointEvery(5);
  }

  private SparkTrainer<Linear> prices(int workers) {
    return trainer(workers, 1).label(Label.target("price")).loss(new MSELoss());
  }

  private SparkTrainer<Linear> trainer(int workers, int outputs) {
    return configured(SparkTrainer.of(() -> Linear.of(1, outputs)), workers);
  }

  private SparkTrainer<Linear> configured(SparkTrainer<Linear> trainer, int workers) {
    return trainer
        .optimizer(p -> new SGD(p, 1e-3))
        .features("x")
        .globalBatchSize(32)
        .shuffleWindow(32)
        .epochs(1)
        .workers(workers)
        .quiet()
        .listener(
            new RunListener() {
              @Override
              public void warned(String warning) {
                warnings.add(warning);
              }
            })
        .settings(RunSettings.defaults().with(new Placement(2, Duration.ofSeconds(20))));
  }
}
