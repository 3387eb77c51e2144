package io.arclight.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Linear;
import io.arclight.nn.MSELoss;
import io.arclight.optim.SGD;
import io.arclight.spark.Arclight;
import io.arclight.spark.SparkTrainer;
import io.arclight.spark.TrainedModel;
import io.arclight.spark.feed.Features;
import io.arclight.spark.feed.Label;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ExplainMode;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Labels in their own types; models loaded once and given back. */
@Timeout(120)
class ModelUseTest {
  @TempDir static Path folder;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    Arclight.install(spark);
    spark
        .range(0, 200, 1, 2)
        .selectExpr(
            "id",
            "double(id % 2) x",
            "double(id % 3) y",
            "int(id % 2) + 7 i",
            "(id % 2) * 5 l",
            "id % 2 = 0 b",
            "double(id % 2) * 2 d",
            "concat('class ', id % 2) s",
            "3.0D * (id % 2) - 1 target")
        .createOrReplaceTempView("rows");
  }

  @AfterAll
  static void stop() {
    spark.stop();
    LoadedModels.giveBack();
  }

  private static String train(String label) {
    boolean regression = label.equals("target");
    TrainedModel model =
        SparkTrainer.of(() -> Linear.of(2, regression ? 1 : 2))
            .loss(regression ? new MSELoss() : new CrossEntropyLoss())
            .optimizer(p -> new SGD(p, regression ? 0.1 : 0.5))
            .features(Features.columns("x", "y"))
            .label(regression ? Label.target(label) : Label.classes(label))
            .globalBatchSize(50)
            .epochs(regression ? 40 : 15)
            .quiet()
            .fit(spark.table("rows"));
    String path = folder.resolve(label).toString();
    model.save(path);
    model.close();
    return path;
  }

  @Test
  void labelsComeBackInTheirTypes() {
    for (String label : List.of("i", "l", "b", "d", "s")) {
      Dataset<Row> predicted =
          spark.sql("SELECT " + label + ", predict('" + train(label) + "', x, y) p FROM rows");
      assertThat(predicted.schema().apply("p").dataType())
          .isEqualTo(predicted.schema().apply(label).dataType());
      for (Row row : predicted.collectAsList()) {
        assertThat(row.get(1)).isEqualTo(row.get(0));
      }
    }
  }

  @Test
  void aRegressionGivesNumbers() {
    Row worst =
        spark
            .sql("SELECT max(abs(predict('" + train("target") + "', x, y) - target)) FROM rows")
            .first();
    assertThat(worst.getDouble(0)).isLessThan(0.2);
  }

  @Test
  void queriesGiveTheirModelsBackAlsoWhenCancelled() throws Exception {
    String path = train("s");
    String slow =
        "SELECT count(predict('"
            + path
            + "', double(id), double(id))) FROM range(0, 400000000, 1, 4)";
    SparkContext context = spark.sparkContext();
    int queries = Integer.getInteger("arclight.test.cancelled", 20);
    for (int i = 0; i < queries; i++) {
      String group = "cancelled-" + i;
      Thread query =
          new Thread(
              () -> {
                context.setJobGroup(group, "a query", true);
                try {
                  spark.sql(slow).collect();
                } catch (Exception expected) {
                  // it was cancelled
                }
              });
      query.start();
      while (ModelCache.uses() == 0 || context.statusTracker().getActiveJobIds().length == 0) {
        Thread.sleep(5);
      }
      // A group is cancelled in vain before its job has begun.
      long end = System.nanoTime() + 30_000_000_000L;
      for (query.join(30 + i % 50); query.isAlive() && System.nanoTime() < end; query.join(20)) {
        context.cancelJobGroup(group);
      }
      assertThat(query.isAlive()).isFalse();
    }
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (ModelCache.uses() > 0 && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    assertThat(ModelCache.uses()).isZero();
    int loaded = ModelCache.loaded();
    spark.sql("SELECT sum(length(predict('" + path + "', x, y))) FROM rows").collect();
    assertThat(ModelCache.loaded()).isEqualTo(loaded);
  }

  @Test
  void overwritingMakesANewVersionAndQueriesKeepTheirs() throws Exception {
    Path model = folder.resolve("versions");
    Models.saveConstant(model, 1);
    Dataset<Row> first = spark.sql("SELECT predict('" + model + "', x, y) p FROM rows LIMIT 1");
    Models.saveConstant(model, 2);
    Dataset<Row> second = spark.sql("SELECT predict('" + model + "', x, y) p FROM rows LIMIT 1");
    ModelCache.evict(Duration.ZERO);
    assertThat(first.first().getDouble(0)).isEqualTo(1);
    assertThat(second.first().getDouble(0)).isEqualTo(2);
    assertThat(explained(first)).contains(model + "@").isNotEqualTo(explained(second));
  }

  private static String explained(Dataset<Row> rows) {
    return rows.queryExecution()
        .explainString(ExplainMode.fromString("simple"))
        .replaceAll("(?s).*(predict\\('[^']*').*", "$1");
  }

  @ParameterizedTest
  @CsvSource({"start, 1", "batch, 2"})
  void aStreamPinsItsModelUnlessToldOtherwise(String refresh, double second) throws Exception {
    Path model = folder.resolve("streamed-" + refresh);
    Path files = folder.resolve("files-" + refresh);
    Models.saveConstant(model, 1);
    spark.table("rows").select("id", "x", "y").write().parquet(files.toString());
    spark.conf().set("spark.arclight.predict.refresh", refresh);
    StreamingQuery query;
    try {
      query =
          spark
              .readStream()
              .schema("id bigint, x double, y double")
              .parquet(files.toString())
              .selectExpr("id", "predict('" + model + "', x, y) p")
              .filter("p > 0")
              .writeStream()
              .format("memory")
              .queryName("streamed_" + refresh)
              .start();
    } finally {
      spark.conf().unset("spark.arclight.predict.refresh");
    }
    query.processAllAvailable();
    Models.saveConstant(model, 2);
    spark
        .table("rows")
        .selectExpr("id + 1000 id", "x", "y")
        .write()
        .mode("append")
        .parquet(files.toString());
    query.processAllAvailable();
    query.stop();
    assertThat(
            spark
                .sql(
                    "SELECT id >= 1000 later, min(p), max(p), count(*) FROM streamed_"
                        + refresh
                        + " GROUP BY 1 ORDER BY 1")
                .collectAsList())
        .containsExactly(
            RowFactory.create(false, 1d, 1d, 200L), RowFactory.create(true, second, second, 200L));
  }

  @Test
  void aStreamOfWhatIsThereEndsWithItsModel() throws Exception {
    Path model = folder.resolve("available");
    Path files = folder.resolve("available-files");
    Models.saveConstant(model, 3);
    spark.table("rows").select("x", "y").repartition(3).write().parquet(files.toString());
    Dataset<Row> predicted =
        spark
            .readStream()
            .schema("x double, y double")
            .option("maxFilesPerTrigger", 1)
            .parquet(files.toString())
            .selectExpr("predict('" + model + "', x, y) p");
    Models.saveConstant(model, 4);
    StreamingQuery query =
        predicted
            .writeStream()
            .trigger(Trigger.AvailableNow())
            .format("memory")
            .queryName("available")
            .start();
    assertThat(query.awaitTermination(60_000)).isTrue();
    assertThat(query.recentProgress().length).isGreaterThan(1);
    assertThat(spark.sql("SELECT DISTINCT p FROM available").collectAsList())
        .containsExactly(RowFactory.create(3d));
    assertThat(ModelCache.uses()).isZero();
  }

  @Test
  void modelsThatNobodyUsesGo() throws Exception {
    Path model = folder.resolve("idle");
    Models.saveConstant(model, 5);
    ModelVersion version = ModelVersion.current(spark.sparkContext(), model.toString());
    try (ModelCache.Lease one = ModelCache.lease(version);
        ModelCache.Lease two = ModelCache.lease(version)) {
      assertThat(two.program()).isSameAs(one.program());
      ModelCache.evict(Duration.ZERO);
      assertThat(ModelCache.loaded()).isEqualTo(1);
      ModelCache.evict(Duration.ofHours(1));
    }
    ModelCache.evict(Duration.ofHours(1));
    assertThat(ModelCache.loaded()).isEqualTo(1);
    ModelCache.evict(Duration.ZERO);
    assertThat(ModelCache.loaded()).isZero();
    assertThat(spark.sql("SELECT predict('" + model + "', 1, 2)").first().getDouble(0))
        .isEqualTo(5);
  }
}
