package io.arclight.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Linear;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.optim.Adam;
import io.arclight.spark.feed.Features;
import io.arclight.spark.sql.LoadedModels;
import io.arclight.spark.sql.ModelException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class PredictTest {
  @TempDir static Path folder;
  private static SparkSession spark;
  private static String path;
  private static TrainedModel model;

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "3")
            .getOrCreate();
    Arclight.install(spark);
    Dataset<Row> points =
        spark
            .range(0, 997, 1, 3)
            .selectExpr(
                "id",
                "cast(sin(id) as float) x",
                "cos(id * 7) y",
                "case when sin(id) * cos(id * 7) > 0 then 'same' else 'other' end side")
            .cache();
    points.createOrReplaceTempView("points");
    model =
        SparkTrainer.of(() -> new Sequential(Linear.of(2, 16), new ReLU(), Linear.of(16, 2)))
            .loss(new CrossEntropyLoss())
            .optimizer(p -> new Adam(p, 1e-2))
            .features(Features.columns("x", "y"))
            .label("side")
            .globalBatchSize(64)
            .epochs(3)
            .quiet()
            .fit(points);
    path = folder.resolve("model").toString();
    model.save(path);
  }

  @AfterAll
  static void stop() {
    spark.stop();
    LoadedModels.giveBack();
    model = null;
  }

  private static void check(Dataset<Row> rows) {
    List<Row> all = rows.collectAsList();
    assertThat(all).isNotEmpty();
    float[] x = new float[2 * all.size()];
    for (int i = 0; i < all.size(); i++) {
      x[2 * i] = all.get(i).getFloat(all.get(i).fieldIndex("x"));
      x[2 * i + 1] = (float) all.get(i).getDouble(all.get(i).fieldIndex("y"));
    }
    Tensor out =
        model
            .program()
            .run(Map.of("features", Tensor.of(x, Shape.of(all.size(), 2))))
            .get("output");
    long[] classes = out.argmax(1).toLongs();
    float[] probabilities = out.softmax(1).toFloats();
    for (int i = 0; i < all.size(); i++) {
      Row row = all.get(i);
      assertThat(row.<String>getAs("p")).isEqualTo(classes[i] == 0 ? "other" : "same");
      assertThat(row.<Float>getList(row.fieldIndex("q")).get(1))
          .isCloseTo(probabilities[2 * i + 1], within(1e-6f));
    }
  }

  private static String call(String function) {
    return function + "('" + path + "', x, y)";
  }

  private static String both() {
    return call("predict") + " p, " + call("predict_proba") + " q";
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void equalsTheModelInEveryPlace(String adaptive) {
    spark.conf().set("spark.sql.adaptive.enabled", adaptive);
    check(spark.sql("SELECT *, " + both() + " FROM points"));
    check(
        spark.sql(
            "SELECT x, y, "
                + both()
                + " FROM points WHERE id % 2 = 0 AND "
                + call("predict")
                + " = 'same'"));
    check(
        spark.sql(
            "SELECT a.x, a.y, "
                + both().replace("x, y", "a.x, a.y")
                + " FROM points a JOIN points b ON a.id = b.id + 1 WHERE b.y > 0"));
    check(
        spark
            .table("points")
            .repartition(17)
            .withColumn("p", functions.expr(call("predict")))
            .withColumn("q", functions.expr(call("predict_proba"))));
    check(
        spark.sql(
            "SELECT x, y, "
                + both()
                + " FROM points ORDER BY "
                + call("predict")
                + ", id LIMIT 20"));
    check(
        model
            .transform(spark.table("points"))
            .withColumnRenamed("prediction", "p")
            .withColumnRenamed("probability", "q"));
    long same = spark.sql("SELECT * FROM points WHERE " + call("predict") + " = 'same'").count();
    Row grouped =
        spark
            .sql(
                "SELECT "
                    + call("predict")
                    + " p, count(*) n FROM points GROUP BY 1 HAVING p = 'same'")
            .first();
    assertThat(grouped.getLong(1)).isEqualTo(same);
    assertThat(
            spark
                .sql(
                    "SELECT count(*) FROM points a JOIN points b ON a.id = b.id AND "
                        + call("predict").replace("x, y", "a.x, b.y")
                        + " = 'same'")
                .first()
                .getLong(0))
        .isEqualTo(same);
    assertThat(spark.sql("SELECT " + both() + " FROM points WHERE id < 0").count()).isZero();
    assertThat(spark.sql("SELECT " + both() + " FROM points WHERE id < 0").collectAsList())
        .isEmpty();
  }

  @Test
  void plansOneBatchedNode() {
    String plan =
        spark
            .sql(
                "SELECT " + call("predict") + " FROM points WHERE " + call("predict") + " = 'same'")
            .queryExecution()
            .executedPlan()
            .toString();
    assertThat(plan.split("Predict \\[", -1)).hasSize(2);
    assertThat(plan).contains(path + "@");
  }

  @Test
  void nullsGiveNullAndStructsGoByName() {
    Row row =
        spark
            .sql(
                "SELECT "
                    + call("predict").replace("x, y", "cast(null as float), 0.5")
                    + ", "
                    + call("predict").replace("x, y", "0.25, 0.5")
                    + ", "
                    + call("predict").replace("x, y", "struct(y, x)")
                    + ", predict('"
                    + path
                    + "', x, y) FROM (SELECT float(0.7) x, 0.1D y)")
            .first();
    assertThat(row.isNullAt(0)).isTrue();
    assertThat(row.getString(1)).isIn("same", "other");
    assertThat(row.getString(2)).isEqualTo(row.getString(3));
  }

  @Test
  void argumentsThatDoNotFitAreExplained() throws Exception {
    assertThatThrownBy(() -> spark.sql("SELECT predict('" + path + "', x) FROM points"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("needs 2 columns, (x float, y double), got 1");
    assertThatThrownBy(() -> spark.sql("SELECT predict('" + path + "', x, side) FROM points"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("column 'y' is of type string, not a number");
    assertThatThrownBy(() -> spark.sql("SELECT predict('/no/model/here', x, y) FROM points"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no model at file:/no/model/here");
    String broken = folder.resolve("broken").toString();
    model.save(broken);
    try (var files = Files.walk(Path.of(broken))) {
      Path weights =
          files.filter(f -> f.toString().endsWith(".safetensors")).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(weights);
      bytes[bytes.length - 1] ^= 1;
      Files.write(weights, bytes);
    }
    assertThatThrownBy(() -> TrainedModel.load(broken)).hasMessageContaining("weights");
  }

  @Test
  void overwritingMakesANewVersionForNewQueries() {
    String other = folder.resolve("versions").toString();
    String first = model.save(other);
    assertThat(model.save(other)).isEqualTo(first);
    assertThat(TrainedModel.load(other).program().signature().labels().values())
        .containsExactly("other", "same");
  }
}
