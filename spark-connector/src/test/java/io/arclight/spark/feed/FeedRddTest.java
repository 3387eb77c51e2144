package io.arclight.spark.feed;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows fed are those of the DataFrame, whatever its plan and the number of ranks. */
@Timeout(120)
class FeedRddTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();
  private static final int ROWS = 1003;
  private static final FeedOptions OPTIONS = FeedOptions.of(64).withWindow(16);

  /** Plans that are also run with very many partitions. */
  private static final List<String> LARGE =
      List.of("scan", "filter that empties partitions", "join", "group by", "union", "cached");

  @TempDir static Path folder;

  static Stream<Arguments> plans() {
    return Stream.of(
        plan("scan", t -> t),
        plan("filter that empties partitions", t -> t.filter("x >= 900")),
        plan("join", t -> t.as("a").join(t.as("b").hint("merge"), "x").select(col("a.x"))),
        plan("broadcast join", t -> t.join(t.filter("x < 9").hint("broadcast"), "x")),
        plan("group by", t -> t.groupBy("x").count().drop("count")),
        plan("union", t -> t.union(t).union(t.filter("x > 1000"))),
        plan("cached", t -> t.selectExpr("x", "x * 2 AS y").cache().select("x")),
        plan("limit", t -> t.limit(77)),
        plan("sorted", t -> t.orderBy(col("x").desc())),
        plan("empty but for one row", t -> t.filter("x = 500")));
  }

  private static Arguments plan(String name, Function<Dataset<Row>, Dataset<Row>> plan) {
    return Arguments.of(name, plan);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void feedsEveryRowOnce(String name, Function<Dataset<Row>, Dataset<Row>> plan) {
    SparkSession spark = SESSION.spark();
    for (int partitions : LARGE.contains(name) ? new int[] {1, 7, 200} : new int[] {7}) {
      for (String adaptive : List.of("true", "false")) {
        spark.conf().set("spark.sql.adaptive.enabled", adaptive);
        Dataset<Row> table = spark.range(0, ROWS, 1, partitions).toDF("x");
        String what = "%s, P=%d, AQE=%s".formatted(name, partitions, adaptive);
        assertFed(plan.apply(table), what);
        spark.catalog().clearCache();
      }
    }
  }

  @Test
  void feedsFilesOfManySizes() {
    SparkSession spark = SESSION.spark();
    for (int files : new int[] {1, 7, 40}) {
      String path = folder.resolve("files" + files).toString();
      spark.range(0, ROWS, 1, files).toDF("x").write().parquet(path);
      assertFed(spark.read().parquet(path), files + " files");
      assertFed(spark.read().parquet(path).filter("x % 3 = 0"), files + " files, filtered");
      assertFed(spark.read().parquet(path).selectExpr("x + 1 AS x"), files + " computed");
      String named = "x % 50 * pmod(hash(input_file_name()), 97) AS x";
      assertFed(spark.read().parquet(path).selectExpr(named), files + " names");
    }
  }

  private static void assertFed(Dataset<Row> data, String name) {
    Row expected = data.selectExpr("count(*)", "coalesce(sum(x), 0)").first();
    FeedPlan plan = FeedPlan.of(data, ColumnMapping.of(Features.column("x")), OPTIONS);
    for (int ranks : new int[] {2, 3}) {
      List<FeedRun.Step> steps = FeedRun.epoch(plan, ranks, 0);
      String what = name + ", W=" + ranks;
      assertThat(FeedRun.rows(steps)).as(what).isEqualTo(expected.getLong(0));
      assertThat(FeedRun.sum(steps)).as(what).isCloseTo(expected.getLong(1), within(1e-3));
    }
  }

  @Test
  void readsNothingWithoutItsShuffles() {
    Dataset<Row> shuffled = SESSION.spark().range(0, ROWS, 1, 4).toDF("x").repartition(6);
    SESSION.spark().conf().set("spark.sql.adaptive.enabled", "false");
    FeedPlan plan = FeedPlan.of(shuffled, ColumnMapping.of(Features.column("x")), OPTIONS);
    assertThat(FeedRdd.of(2, plan).dependencies().size()).isEqualTo(1);
    assertThat(FeedRun.rows(FeedRun.epoch(plan, 2, 0))).isEqualTo(ROWS);
  }

  @Test
  void refusesMoreRanksThanLanes() {
    FeedPlan plan =
        FeedPlan.of(
            SESSION.spark().range(5).toDF("x"),
            ColumnMapping.of(Features.column("x")),
            OPTIONS.withLanes(2));
    assertThatThrownBy(() -> FeedRdd.of(3, plan))
        .isInstanceOf(FeedException.class)
        .hasMessage(
            "3 ranks were asked for, but the feed has 2 lanes: use 1 to 2 ranks, or more lanes");
  }
}
