package io.arclight.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.export.InputSpec;
import io.arclight.export.Labels;
import io.arclight.export.Program;
import io.arclight.export.Signature;
import io.arclight.nn.Embedding;
import io.arclight.nn.Linear;
import io.arclight.nn.Module;
import io.arclight.spark.Arclight;
import io.arclight.tensor.DType;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that a model does not take, and arguments that do not fit it. */
@Timeout(120)
class TryPredictTest {
  @TempDir static Path folder;
  private static SparkSession spark;

  /** A category of 5 and an array of 3 numbers. */
  private static final class Categories extends Module {
    private final Embedding embedding = register("embedding", new Embedding(5, 3));
    private final Linear linear = register("linear", Linear.of(3, 2));

    Map<String, Tensor> forward(Map<String, Tensor> in) {
      Tensor x = embedding.call(in.get("category")).add(in.get("values"));
      return Map.of(Program.OUTPUT, linear.call(x));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    Arclight.install(spark);
    Generator.standard().manualSeed(2);
    Categories model = new Categories();
    Signature signature =
        Signature.of(
                InputSpec.of("category", DType.INT64, Shape.of())
                    .columns(List.of(new InputSpec.Column("category", "bigint"))),
                InputSpec.of("values", DType.FLOAT32, Shape.of(3))
                    .columns(List.of(new InputSpec.Column("values", "array<float>"))))
            .labels(new Labels("label", "int", List.of(10L, 20L)));
    Models.saveAs(folder.resolve("model"), model, model::forward, signature).close();
    String file = folder.resolve("rows").toString();
    spark
        .range(0, 1000, 1, 2)
        .selectExpr(
            "id",
            "CASE WHEN id % 100 = 1 THEN 5 WHEN id % 100 = 2 THEN 70 WHEN id % 100 = 3 THEN null"
                + " ELSE id % 5 END category",
            "CASE WHEN id % 100 = 4 THEN array(1f, 2f) WHEN id % 100 = 5 THEN null"
                + " WHEN id % 100 = 6 THEN array(1f, null, 2f)"
                + " WHEN id % 100 = 7 THEN array(1f, float('NaN'), 2f)"
                + " ELSE array(float(id % 7), float(id % 11), 3f) END values",
            "id % 100 BETWEEN 1 AND 7 bad")
        .write()
        .parquet(file);
    spark.read().parquet(file).createOrReplaceTempView("rows");
  }

  @AfterAll
  static void stop() {
    spark.stop();
    LoadedModels.giveBack();
  }

  private static String call(String function) {
    return function + "('" + folder.resolve("model") + "', category, values)";
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void badRowsAreNullAndOthersAsPredictSays(String columnar) {
    spark.conf().set("spark.sql.parquet.enableVectorizedReader", columnar);
    Dataset<Row> tried = spark.table("rows").withColumn("t", functions.expr(call("try_predict")));
    assertThat(tried.filter("(t IS NULL) <> bad").count()).isZero();
    assertThat(tried.filter("bad").count()).isEqualTo(70);
    List<Row> good =
        spark.sql("SELECT id, " + call("predict") + " FROM rows WHERE NOT bad").collectAsList();
    assertThat(tried.filter("NOT bad").select("id", "t").collectAsList())
        .containsExactlyInAnyOrderElementsOf(good);
    assertThat(good.stream().map(row -> row.getInt(1)).distinct()).hasSize(2);
    // In a join's condition it goes row by row.
    assertThat(
            spark
                .sql(
                    "SELECT 1 FROM rows a JOIN rows b ON a.id = b.id AND coalesce("
                        + call("try_predict").replace("category, values", "a.category, b.values")
                        + ", -1) > 0")
                .count())
        .isEqualTo(930);
    spark.conf().unset("spark.sql.parquet.enableVectorizedReader");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 'index 5'",
    "2, 'index 70'",
    "4, 'arrays of column ''values'' differ in length: expected 3 elements, found 2 (row '",
  })
  void predictFailsOnThemAndSaysWhy(int kind, String message) {
    String query =
        "SELECT sum("
            + call("predict")
            + ") FROM rows WHERE id > 100 AND (id % 100 = "
            + kind
            + " OR NOT bad)";
    assertThatThrownBy(() -> spark.sql(query).collect()).hasStackTraceContaining(message);
  }

  @Test
  void nullsAreNoErrors() {
    assertThat(
            spark
                .sql(
                    "SELECT count(*), count("
                        + call("predict")
                        + ") FROM rows WHERE NOT bad OR id % 100 IN (3, 5, 6)")
                .first())
        .isEqualTo(org.apache.spark.sql.RowFactory.create(960L, 930L));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "category | needs 2 columns, (category bigint, values array<float>), got 1",
        "category, values, id | needs 2 columns, (category bigint, values array<float>), got 3",
        "values, values | column 'category' is of type array<float>, not a number; the model at",
        "category, category | input 'values' takes rows of 3 elements, got 1 column",
        "category, array('a') | column 'values' is of type array<string>",
        "struct(category, id) | the struct has no field 'values'; it has [category, id]",
      })
  void argumentsThatDoNotFitAreErrorsOfTheAnalysis(String columns, String message) {
    for (String function : PredictFunctions.names()) {
      assertThatThrownBy(
              () ->
                  spark.sql(
                      "SELECT "
                          + call(function).replace("category, values", columns)
                          + " FROM rows"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining(function + ": ")
          .hasMessageContaining(message);
    }
    assertThatThrownBy(
            () -> spark.sql("SELECT try_predict(string(id), category, values) FROM rows"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("must be a constant string");
  }
}
