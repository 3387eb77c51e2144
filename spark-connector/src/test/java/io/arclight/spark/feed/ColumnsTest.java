package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of column gives the same tensors from columnar batches as from rows. */
@Timeout(120)
class ColumnsTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();
  private static final int ROWS = 300;

  @TempDir static Path folder;
  private static Dataset<Row> table;

  @BeforeAll
  static void write() {
    StructType schema =
        StructType.fromDDL(
                "i INT, b TINYINT, s SMALLINT, l BIGINT, f FLOAT, d DOUBLE, t BOOLEAN,"
                    + " af ARRAY<FLOAT>, ad ARRAY<DOUBLE>, ai ARRAY<INT>, bin BINARY, text STRING")
            .add("vec", SQLDataTypes.VectorType());
    List<Row> rows = IntStream.range(0, ROWS).mapToObj(ColumnsTest::row).toList();
    String path = folder.resolve("table").toString();
    Dataset<Row> made = SESSION.spark().createDataFrame(rows, schema);
    made.coalesce(1).write().parquet(path);
    table = SESSION.spark().read().parquet(path);
  }

  private static Row row(int i) {
    return RowFactory.create(
        i,
        (byte) (i % 100 - 50),
        (short) (i * 3),
        i * 10_000_000_000L,
        i * 0.5f,
        i * 0.25,
        i % 3 == 0,
        List.of(i + 0.5f, -1f, 2f),
        List.of(i * 1.5, 1e-3),
        List.of(i, i + 1, i + 2, i + 3),
        new byte[] {(byte) i, (byte) 255},
        "class" + i % 7,
        i % 2 == 0
            ? Vectors.dense(i, 1, 2, 3, 4)
            : Vectors.sparse(5, new int[] {1, 4}, new double[] {i, 9}));
  }

  private static ColumnMapping mapping() {
    return new ColumnMapping(
        List.of(
            Features.columns("i", "b", "s", "l", "f", "d", "t").named("matrix"),
            Features.columns("d", "f").named("double").as(DType.FLOAT64),
            Features.columns("l", "i").named("long").as(DType.INT64),
            Features.column("i"),
            Features.column("af"),
            Features.column("ad").as(DType.FLOAT64),
            Features.column("ai").as(DType.INT64).shaped(Shape.of(2, 2)),
            Features.column("ai").named("ai as float"),
            Features.column("bin").as(DType.UINT8),
            Features.column("bin").named("bin as float"),
            Features.column("vec")),
        Label.classes("text"),
        BadRows.FAIL);
  }

  @Test
  void columnarBatchesGiveTheSameTensorsAsRows() {
    FeedPlan columnar = FeedValues.plan(table, mapping());
    assertThat(columnar.path()).startsWith("columnar batches from Scan parquet");
    FeedPlan rows = FeedValues.plan(byRows(table), mapping());
    assertThat(rows.path()).isEqualTo("row by row because Scan ExistingRDD gives rows");

    Map<String, FeedValues.Column> values = FeedValues.of(columnar, Device.CPU);
    assertThat(values).isEqualTo(FeedValues.of(rows, Device.CPU));
    check(values);
  }

  @Test
  void otherDevicesGetTheSame() {
    FeedPlan plan = FeedValues.plan(table, mapping());
    assertThat(FeedValues.of(plan, Device.QUEUE)).isEqualTo(FeedValues.of(plan, Device.CPU));
  }

  @Test
  void offHeapVectorsGiveTheSame() {
    SESSION.spark().conf().set("spark.sql.columnVector.offheap.enabled", "true");
    try {
      check(FeedValues.of(table, mapping()));
    } finally {
      SESSION.spark().conf().unset("spark.sql.columnVector.offheap.enabled");
    }
  }

  @Test
  void filtersAreEvaluatedOverBatches() {
    Dataset<Row> some =
        table.filter("d > 30 AND i % 5 <> 1").selectExpr("i AS k", "af AS a", "vec");
    ColumnMapping mapping =
        ColumnMapping.of(Features.column("k"), Features.column("a"), Features.column("vec"));
    FeedPlan columnar = FeedValues.plan(some, mapping);
    assertThat(columnar.path())
        .startsWith("columnar batches from Scan parquet")
        .contains("filtered by");
    Map<String, FeedValues.Column> values = FeedValues.of(columnar, Device.CPU);
    assertThat(values.get("k").shape()).containsExactly(some.count(), 1L);
    assertThat(values).isEqualTo(FeedValues.of(byRows(some), mapping));
  }

  @Test
  void moreThanAHundredColumnsStayColumnar() {
    String[] names = IntStream.range(0, 150).mapToObj(i -> "c" + i).toArray(String[]::new);
    String[] made =
        IntStream.range(0, 150).mapToObj(i -> "f + " + i + " AS c" + i).toArray(String[]::new);
    String path = folder.resolve("wide").toString();
    table.selectExpr(made).write().parquet(path);
    FeedPlan plan =
        FeedValues.plan(
            SESSION.spark().read().parquet(path), ColumnMapping.of(Features.columns(names)));
    assertThat(plan.path()).isEqualTo("columnar batches from Scan parquet");
    FeedValues.Column matrix = FeedValues.of(plan, Device.CPU).get("features");
    assertThat(matrix.shape()).containsExactly((long) ROWS, 150L);
    assertThat(matrix.values().subList(150, 153)).containsExactly(0.5, 1.5, 2.5);
  }

  @Test
  void cachedTablesAreColumnar() {
    Dataset<Row> cached = table.select("i", "d", "f").cache();
    ColumnMapping mapping =
        ColumnMapping.of(Features.columns("f", "i")).withLabel(Label.target("d"));
    FeedPlan plan = FeedValues.plan(cached, mapping);
    assertThat(plan.path()).startsWith("columnar batches from ").contains("Cache");
    assertThat(FeedValues.of(plan, Device.CPU).get("d").values()).contains(0.25, 0.5, 74.75);
    cached.unpersist();
  }

  @Test
  void classesOfEveryTypeAreCollectedInOrder() {
    for (String label : List.of("text", "t", "CAST(i % 4 AS DOUBLE)", "b", "i % 3 - 1")) {
      Dataset<Row> data = table.selectExpr("f", label + " AS label");
      ColumnMapping mapping =
          ColumnMapping.of(Features.column("f")).withLabel(Label.classes("label"));
      FeedPlan plan = FeedValues.plan(data, mapping);
      List<Object> classes = plan.labels().orElseThrow().values();
      List<Object> expected = new ArrayList<>();
      data.select("label")
          .distinct()
          .orderBy("label")
          .collectAsList()
          .forEach(r -> expected.add(r.get(0)));
      assertThat(classes).as(label).isEqualTo(expected);

      List<Double> indices = new ArrayList<>();
      data.select("label")
          .collectAsList()
          .forEach(r -> indices.add((double) classes.indexOf(r.get(0))));
      FeedValues.Column column = FeedValues.of(plan, Device.CPU).get("label");
      assertThat(column.dtype()).isEqualTo(DType.INT64);
      assertThat(column.shape()).containsExactly((long) ROWS);
      assertThat(column.values()).as(label).isEqualTo(indices);
    }
  }

  private static void check(Map<String, FeedValues.Column> values) {
    assertThat(values.keySet())
        .containsExactly(
            "matrix",
            "double",
            "long",
            "i",
            "af",
            "ad",
            "ai",
            "ai as float",
            "bin",
            "bin as float",
            "vec",
            "text");
    assertThat(values.get("matrix").shape()).containsExactly((long) ROWS, 7L);
    assertThat(values.get("matrix").values().subList(7, 14))
        .containsExactly(1.0, -49.0, 3.0, 1e10, 0.5, 0.25, 0.0);
    assertThat(values.get("long").values().subList(2, 4)).containsExactly(1e10, 1.0);
    assertThat(values.get("i").shape()).containsExactly((long) ROWS, 1L);
    assertThat(values.get("af").values().subList(3, 6)).containsExactly(1.5, -1.0, 2.0);
    assertThat(values.get("ad").values().subList(2, 4)).containsExactly(1.5, 1e-3);
    assertThat(values.get("ai").shape()).containsExactly((long) ROWS, 2L, 2L);
    assertThat(values.get("ai").values().subList(4, 8)).containsExactly(1.0, 2.0, 3.0, 4.0);
    assertThat(values.get("bin").dtype()).isEqualTo(DType.UINT8);
    assertThat(values.get("bin").values().subList(398, 400)).containsExactly(199.0, 255.0);
    assertThat(values.get("bin as float").values()).isEqualTo(values.get("bin").values());
    assertThat(values.get("vec").values().subList(0, 10))
        .containsExactly(0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 0.0, 0.0, 9.0);
    assertThat(values.get("text").values().subList(5, 9)).containsExactly(5.0, 6.0, 0.0, 1.0);
    assertThat(Collections.max(values.get("text").values())).isEqualTo(6.0);
  }

  /** The same rows in the same order from a plan whose root gives no batches. */
  private static Dataset<Row> byRows(Dataset<Row> data) {
    return data.sparkSession().createDataFrame(data.toJavaRDD(), data.schema());
  }
}
