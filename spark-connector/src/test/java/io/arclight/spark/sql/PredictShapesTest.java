package io.arclight.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.export.Labels;
import io.arclight.export.Program;
import io.arclight.nn.Linear;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.spark.Arclight;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls of models in queries of all shapes give what the model gives in process.
 *
 * <p>Each query is run twice: on {@code points}, where {p}, {q} and {r} are calls, and on {@code
 * expected}, where they are columns computed in process. In {p: x, y = z} the call takes x and y,
 * and z is the column.
 */
@Timeout(180)
class PredictShapesTest {
  private static final Pattern CALL =
      Pattern.compile("\\{([pqr])(?:: ([^{}]*?)(?: = ([^{}=]*?))?)?\\}");
  private static final int ROWS = 300;

  @TempDir static Path folder;
  private static SparkSession spark;
  private static final Map<String, List<Row>> EXPECTED = new HashMap<>();

  @BeforeAll
  static void start() throws Exception {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    Arclight.install(spark);
    Generator.standard().manualSeed(3);
    Program classes =
        Models.save(
            folder.resolve("classes"),
            new Sequential(Linear.of(2, 16), new ReLU(), Linear.of(16, 2)),
            new Labels("side", "string", List.of("left", "right")));
    Program number = Models.save(folder.resolve("number"), Linear.of(2, 1), null);
    try (classes;
        number) {
      expected(classes, number).createOrReplaceTempView("expected");
    }
    String file = folder.resolve("points").toString();
    spark.table("expected").drop("p", "q", "r", "again").write().parquet(file);
    spark.read().parquet(file).createOrReplaceTempView("points");
  }

  @AfterAll
  static void stop() {
    assertThat(ModelCache.uses()).isZero();
    ModelCache.evict(Duration.ZERO);
    assertThat(ModelCache.loaded()).isZero();
    spark.stop();
  }

  private static Dataset<Row> expected(Program classes, Program number) {
    float[] x = new float[2 * ROWS];
    for (int i = 0; i < ROWS; i++) {
      x[2 * i] = (float) Math.sin(i);
      x[2 * i + 1] = (float) Math.cos(7 * i);
    }
    List<Row> rows = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Tensor out = Models.run(classes, x);
      float[] q = out.softmax(1).toFloats();
      long[] p = out.argmax(1).toLongs();
      assertThat(Arrays.stream(p).distinct().count()).isEqualTo(2);
      float[] r = Models.run(number, x).toFloats();
      float[] again = x.clone();
      IntStream.range(0, ROWS).forEach(i -> again[2 * i] = q[2 * i + 1]);
      float[] second = Models.run(number, again).toFloats();
      for (int i = 0; i < ROWS; i++) {
        boolean none = i % 50 == 7;
        rows.add(
            RowFactory.create(
                i,
                none ? null : x[2 * i],
                Math.cos(7 * i),
                i % 3 == 0 ? "left" : "right",
                new int[] {i, i + 1},
                none ? null : p[i] == 0 ? "left" : "right",
                none ? null : q[2 * i + 1],
                none ? null : (double) r[i],
                none ? null : (double) second[i]));
      }
    }
    return spark
        .createDataFrame(
            rows,
            StructType.fromDDL(
                "id int, x float, y double, side string, extra array<int>,"
                    + " p string, q float, r double, again double"))
        .repartition(2);
  }

  private static String call(String name, String arguments) {
    String path = folder.resolve(name.equals("r") ? "number" : "classes").toString();
    return name.equals("q")
        ? "predict_proba('" + path + "', " + arguments + ")[1]"
        : "predict('" + path + "', " + arguments + ")";
  }

  private static String actual(String query) {
    Matcher calls = CALL.matcher(query.replace("{t}", "points"));
    String text =
        calls.replaceAll(
            m ->
                Matcher.quoteReplacement(
                    call(m.group(1), m.group(2) == null ? "x, y" : m.group(2))));
    return CALL.matcher(text).find() ? actual(text) : text;
  }

  private static String reference(String query) {
    Matcher calls = CALL.matcher(query.replace("{t}", "expected"));
    String text = calls.replaceAll(m -> m.group(3) == null ? m.group(1) : m.group(3));
    return CALL.matcher(text).find() ? reference(text) : text;
  }

  private static void check(String query) {
    List<Row> expected =
        EXPECTED.computeIfAbsent(query, q -> spark.sql(reference(q)).collectAsList());
    same(query, expected, spark.sql(actual(query)).collectAsList());
  }

  private static void same(String query, List<Row> expected, List<Row> found) {
    assertThat(found).as(query).hasSameSizeAs(expected);
    Map<String, Row> byKey = new HashMap<>();
    expected.forEach(row -> byKey.put(key(row), row));
    for (Row row : found) {
      Row other = byKey.get(key(row));
      assertThat(other).as(query + ": " + row + " among " + expected).isNotNull();
      for (int i = 0; i < row.length(); i++) {
        if (real(row.get(i))) {
          assertThat(((Number) row.get(i)).doubleValue())
              .as(query)
              .isCloseTo(
                  ((Number) other.get(i)).doubleValue(),
                  org.assertj.core.api.Assertions.within(1e-6));
        }
      }
    }
  }

  private static boolean real(Object value) {
    return value instanceof Float || value instanceof Double;
  }

  /** All but the numbers that may differ a little. */
  private static String key(Row row) {
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < row.length(); i++) {
      key.append(real(row.get(i)) ? "number" : row.get(i)).append('|');
    }
    return key.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id, {p}, {q}, {r} FROM {t}",
        "SELECT id, x, extra, {p}, y FROM {t}",
        "SELECT id, {p}, {q}, {r} FROM {t} WHERE id % 3 = 1",
        "SELECT id, side FROM {t} WHERE {p} = side AND {r} > 0",
        "SELECT id, {q} FROM {t} WHERE {p} = 'left' AND id > 20",
        "SELECT id FROM {t} WHERE {p} IS NULL OR {r} > 0.1",
        "SELECT {p}, count(*), sum({q}) FROM {t} GROUP BY {p}",
        "SELECT {p} a, side, max({r}) FROM {t} GROUP BY 1, side HAVING count({q}) > 5",
        "SELECT side, count(*) FROM {t} GROUP BY side HAVING max({q}) > 0.5",
        "SELECT id, {r} FROM {t} ORDER BY {p}, {q} DESC, id LIMIT 31",
        "SELECT count(*) FROM (SELECT {p} FROM {t} LIMIT 7)",
        "SELECT DISTINCT {p} FROM {t}",
        "SELECT {p}, side, count(*) FROM {t} GROUP BY ROLLUP({p}, side)",
        "SELECT id, row_number() OVER (PARTITION BY {p} ORDER BY id) n FROM {t}",
        "SELECT id, avg({r}) OVER (ORDER BY id ROWS 2 PRECEDING) n FROM {t}",
        "SELECT a.id, {p: a.x, a.y = a.p}, {q: b.x, b.y = b.q} FROM {t} a JOIN {t} b"
            + " ON a.id = b.id + 1",
        "SELECT a.id, b.id FROM {t} a JOIN {t} b ON a.id = b.id + 1 AND {p: a.x, a.y = a.p} = b.side",
        "SELECT a.id, b.id FROM {t} a JOIN {t} b"
            + " ON a.id < b.id AND b.id < 40 AND {p: a.x, a.y = a.p} > {p: b.x, b.y = b.p}",
        "SELECT a.id, {p: b.x, b.y = b.p} FROM {t} a LEFT JOIN {t} b ON a.id = b.id + 90",
        "SELECT a.side, b.n FROM {t} a JOIN (SELECT {p} p, count(*) n FROM {t} GROUP BY 1) b"
            + " ON a.side = b.p WHERE a.id < 9",
        "SELECT id FROM {t} WHERE id IN (SELECT id + 1 FROM {t} WHERE {p} = 'left')",
        "SELECT id FROM {t} WHERE {p} IN (SELECT side FROM {t} WHERE id = 0)",
        "SELECT id FROM {t} WHERE {q} > (SELECT avg({q}) FROM {t})",
        "SELECT id FROM {t} a WHERE EXISTS (SELECT 1 FROM {t} b WHERE b.id = a.id + 2 AND"
            + " {p: b.x, b.y = b.p} = 'left')",
        "WITH c AS (SELECT id, {p} p, {q} q FROM {t}) SELECT a.id, a.q, b.p FROM c a JOIN c b"
            + " ON a.id = b.id WHERE a.p = 'right'",
        "SELECT id, e, {p} FROM {t} LATERAL VIEW explode(extra) AS e",
        "SELECT id, e FROM {t} LATERAL VIEW explode(array({p}, side)) AS e",
        "SELECT id, {p} p FROM {t} UNION ALL SELECT id + 1000, {p} FROM {t} WHERE id < 9",
        "SELECT {p} FROM {t} EXCEPT SELECT side FROM {t} WHERE side = 'left'",
        "SELECT id, {p} FROM {t} WHERE id < 0",
        "SELECT count({p}), sum({r}) FROM {t} WHERE id < 0",
        "SELECT id, CASE WHEN id % 2 = 0 THEN {p} WHEN {r} > 0 THEN side END FROM {t}",
        "SELECT id, if(x IS NULL, -1D, {r}), coalesce({p}, 'none') FROM {t}",
        "SELECT id, {p: max(x), max(y) = max(p)} FROM {t} GROUP BY id",
        "SELECT id, exists(array(x), v -> {p: v, y = p} = 'left') FROM {t}",
        "SELECT id, {r: {q: x, y = q}, y = again} FROM {t}",
        "SELECT id FROM {t} WHERE {r: {q: x, y = q}, y = again} > 0",
        "SELECT id, {p: float(x + 0 * rand()), y * 1 = p} FROM {t}",
        "SELECT id, {p: struct(y, x, side) = p} FROM {t}",
        "SELECT id, {p: struct(*) = p} FROM {t}",
        "SELECT /*+ REPARTITION(7) */ id, {p} FROM {t} WHERE id < 5",
        "SELECT id, p, n FROM (SELECT id, {p} p, named_struct('q', {q}).q n FROM {t}) WHERE n > 0.3",
      })
  void equalsTheModel(String query) {
    check(query);
  }

  @ParameterizedTest
  @CsvSource({
    "spark.sql.adaptive.enabled, false, points",
    "spark.sql.codegen.wholeStage, false, points",
    "spark.sql.codegen.factoryMode, NO_CODEGEN, points",
    "spark.sql.ansi.enabled, true, points",
    "spark.sql.execution.arrow.maxRecordsPerBatch, 7, points",
    "spark.sql.parquet.enableVectorizedReader, false, points",
    "spark.sql.columnVector.offheap.enabled, true, points",
    "spark.sql.inMemoryColumnarStorage.batchSize, 64, cached",
    "spark.sql.autoBroadcastJoinThreshold, -1, expected",
  })
  void equalsTheModelUnder(String key, String value, String table) {
    spark.conf().set(key, value);
    spark.table("points").select("id", "x", "y").cache().createOrReplaceTempView("cached");
    try {
      for (String query :
          List.of(
              "SELECT id, {p}, {q}, {r} FROM {t}",
              "SELECT id, {q} FROM {t} WHERE {p} = 'left' AND id > 20 ORDER BY {r}",
              "SELECT {p}, count(*), sum({q}) FROM {t} GROUP BY {p}",
              "SELECT a.id, b.id, {p: b.x, b.y = b.p} FROM {t} a JOIN {t} b"
                  + " ON a.id = b.id + 1 AND {p: a.x, a.y = a.p} = 'left'")) {
        List<Row> expected =
            EXPECTED.computeIfAbsent(query, q -> spark.sql(reference(q)).collectAsList());
        same(query, expected, spark.sql(actual(query.replace("{t}", table))).collectAsList());
      }
    } finally {
      spark.catalog().uncacheTable("cached");
      spark.conf().unset(key);
    }
  }

  @Test
  void dataFramesAsWell() {
    Map<String, Function<Dataset<Row>, Dataset<Row>>> shapes =
        Map.of(
            "withColumn", t -> t.withColumn("p", functions.expr(actual("{p}"))),
            "filter", t -> t.withColumn("p", functions.expr(actual("{p}"))).filter("p = 'left'"),
            "empty partitions",
                t ->
                    t.filter("id < 3")
                        .repartition(9)
                        .withColumn("p", functions.expr(actual("{p}"))),
            "cached", t -> t.withColumn("p", functions.expr(actual("{p}"))).cache(),
            "views",
                t -> {
                  t.withColumn("p", functions.expr(actual("{p}")))
                      .createOrReplaceTempView("viewed");
                  return spark.table("viewed").filter("p IS NOT NULL AND id > 7");
                },
            "call_function",
                t ->
                    t.withColumn(
                        "p",
                        functions.call_function(
                            "predict",
                            functions.lit(folder.resolve("classes").toString()),
                            t.col("x"),
                            t.col("y"))));
    Map<String, String> references =
        Map.of(
            "withColumn", "true",
            "filter", "p = 'left'",
            "empty partitions", "id < 3",
            "cached", "true",
            "views", "p IS NOT NULL AND id > 7",
            "call_function", "true");
    shapes.forEach(
        (name, shape) -> {
          Dataset<Row> shaped = shape.apply(spark.table("points"));
          same(
              name,
              spark.sql("SELECT id, p FROM expected WHERE " + references.get(name)).collectAsList(),
              shaped.select("id", "p").collectAsList());
          shaped.unpersist();
        });
  }

  @Test
  void literalsAreAnsweredToo() {
    String literals = "SELECT {r}, {p} FROM VALUES (float(0.5), 0.25D), (null, 1D) AS v(x, y)";
    List<Row> rows = spark.sql(actual(literals)).collectAsList();
    Row one = spark.sql(actual("SELECT {r: 0.5, 0.25}, {p: 0.5, 0.25}")).first();
    assertThat(rows.get(0)).isEqualTo(one);
    assertThat(rows.get(1).isNullAt(0)).isTrue();
    assertThat(ModelCache.uses()).isZero();
  }

  @Test
  void columnsThatNobodyNeedsDoNotPassTheModel() {
    String plan =
        spark
            .sql(actual("SELECT sum({r}) FROM {t} WHERE {r} > 0"))
            .queryExecution()
            .executedPlan()
            .toString();
    assertThat(plan.split("Predict \\[", -1)).hasSize(2);
    assertThat(plan)
        .containsPattern("@[0-9a-f]{12}', x#\\d+, y#\\d+\\)\\], \\[prediction0#\\d+\\], ");
  }
}
