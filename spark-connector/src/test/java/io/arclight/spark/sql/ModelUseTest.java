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
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
}
