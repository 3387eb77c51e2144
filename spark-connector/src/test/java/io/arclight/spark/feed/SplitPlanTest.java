package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.spark.internal.Repeatability;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PythonUDF;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

@Timeout(120)
class SplitPlanTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();
  private static final FeedOptions OPTIONS = FeedOptions.of(64);
  private static final ColumnMapping ID = ColumnMapping.of(Features.column("id"));

  @TempDir Path folder;

  private static SplitPlan plan(long... rows) {
    List<Split> splits =
        IntStream.range(0, rows.length).mapToObj(i -> new Split(i, List.of(), rows[i])).toList();
    return new SplitPlan(splits, List.of());
  }

  @Test
  void dealsEachSplitOnceAndOtherwiseInOtherEpochs() {
    SplitPlan plan = plan(new long[57]);
    int[][] first = plan.deal(OPTIONS, 0);
    assertThat(Arrays.stream(first).flatMapToInt(Arrays::stream).sorted().toArray())
        .containsExactly(IntStream.range(0, 57).toArray());
    assertThat(plan.deal(OPTIONS, 0)).isDeepEqualTo(first);
    assertThat(Arrays.deepEquals(plan.deal(OPTIONS, 1), first)).isFalse();
  }

  @Test
  void balancesRowsOverRanks() {
    long[] rows = new long[200];
    Arrays.setAll(rows, i -> 1000 + 37L * (i % 11));
    for (int ranks : new int[] {2, 4, 8}) {
      assertThat(plan(rows).skewWarning(OPTIONS, ranks)).as(ranks + " ranks").isEmpty();
    }
    long[] equal = new long[18];
    Arrays.fill(equal, 111_111);
    assertThat(plan(equal).rankLoads(OPTIONS, 2)).containsExactly(999_999, 999_999);
  }

  @Test
  void warnsOfUnequalRanks() {
    assertThat(plan(500).skewWarning(OPTIONS.withShuffle(Shuffle.NONE), 2))
        .contains(
            "Ranks read unequally: [500, 0] rows by rank, from 1 splits; more and smaller splits help");
    assertThat(plan(500, 400).skewWarning(OPTIONS.withShuffle(Shuffle.NONE), 2)).isEmpty();
  }

  /** Dealing such splits by their index gave one rank nothing and the other two million rows. */
  @Test
  void eighteenSplitsOfOneMegabyteAreShared() {
    SparkSession spark = SESSION.spark();
    String path = folder.resolve("table").toString();
    spark
        .range(0, 1_150_000, 1, 1)
        .selectExpr("id", "rand(1) AS x")
        .write()
        .option("compression", "none")
        .option("parquet.block.size", 2 << 20)
        .option("parquet.enable.dictionary", "false")
        .parquet(path);
    spark.conf().set("spark.sql.files.maxPartitionBytes", 1 << 20);
    FeedPlan plan;
    try {
      Dataset<Row> table = spark.read().parquet(path);
      assertThat(table.rdd().getNumPartitions()).isBetween(17, 19);
      plan = FeedPlan.of(table, ColumnMapping.of(Features.column("x")), FeedOptions.of(1 << 14));
    } finally {
      spark.conf().unset("spark.sql.files.maxPartitionBytes");
    }
    assertThat(plan.splits().rows()).isEqualTo(1_150_000);
    assertThat(plan.splits().splits()).hasSizeBetween(8, 19).allMatch(s -> s.rows() > 0);

    List<FeedRun.Step> steps = FeedRun.epoch(plan, 2, 0);
    long first = rows(steps, 0);
    long second = rows(steps, 1);
    System.out.printf(
        "18 splits of 1 MB: %d with rows, ranks read %d and %d rows%n",
        plan.splits().splits().size(), first, second);
    assertThat(first + second).isEqualTo(1_150_000);
    assertThat(Math.abs(first - second)).isLessThanOrEqualTo(Math.max(first, second) / 5);
  }

  private static long rows(List<FeedRun.Step> steps, int rank) {
    return FeedRun.rows(steps.stream().filter(s -> s.rank() == rank).toList());
  }

  @Test
  void splitsOfFilesDoNotFollowTheCores() {
    String path = folder.resolve("table").toString();
    SESSION.spark().range(0, 200_000, 1, 1).write().parquet(path);
    int[] counts = new int[2];
    for (int i = 0; i < 2; i++) {
      SESSION.spark().conf().set("spark.sql.leafNodeDefaultParallelism", 1 + 99 * i);
      counts[i] =
          FeedPlan.of(SESSION.spark().read().parquet(path), ID, OPTIONS).splits().splits().size();
    }
    SESSION.spark().conf().unset("spark.sql.leafNodeDefaultParallelism");
    assertThat(counts[0]).isEqualTo(counts[1]);
  }

  @Test
  void recordsFilesAndTellsWhatChanged() throws IOException {
    SparkSession spark = SESSION.spark();
    String path = folder.resolve("table").toString();
    spark.range(0, 100, 1, 3).write().parquet(path);
    SplitPlan before = FeedPlan.of(spark.read().parquet(path), ID, OPTIONS).splits();
    assertThat(before.splits()).hasSize(3).allMatch(s -> s.files().size() == 1);
    assertThat(FeedPlan.of(spark.read().parquet(path), ID, OPTIONS).splits()).isEqualTo(before);
    assertThat(before.changesSince(before)).isEmpty();

    List<Path> files =
        before.splits().stream().map(s -> Path.of(URI.create(s.files().get(0).path()))).toList();
    Files.setLastModifiedTime(files.get(0), FileTime.fromMillis(1_000_000));
    Files.delete(files.get(1));
    spark.range(0, 10, 1, 1).write().mode("append").parquet(path);
    SplitPlan after = FeedPlan.of(spark.read().parquet(path), ID, OPTIONS).splits();
    List<String> changes = after.changesSince(before);
    assertThat(changes)
        .hasSize(3)
        .anyMatch(c -> c.endsWith(files.get(0).getFileName() + " was written again"))
        .anyMatch(c -> c.endsWith(files.get(1).getFileName() + " is missing"))
        .anyMatch(c -> c.endsWith(" is new"));
  }

  @Test
  void knowsWhatIsRepeatable() {
    SparkSession spark = SESSION.spark();
    String path = folder.resolve("table").toString();
    spark.range(0, 100, 1, 3).write().parquet(path);
    Dataset<Row> table = spark.read().parquet(path);
    assertThat(obstacles(table)).isEmpty();
    assertThat(obstacles(table.filter("id > 3").selectExpr("id * 2 AS id"))).isEmpty();
    assertThat(obstacles(table.union(table))).isEmpty();
    assertThat(obstacles(table.filter("rand() > 0.5")))
        .hasSize(1)
        .allMatch(o -> o.startsWith("Filter with (rand() > "));
    assertThat(obstacles(table.limit(5))).contains("GlobalLimit");
    assertThat(obstacles(table.repartition(3))).containsExactly("Repartition");
    assertThat(obstacles(table.groupBy("id").count())).containsExactly("Aggregate");
    assertThat(obstacles(table.filter("current_timestamp() > to_timestamp('2020-01-01')")))
        .hasSize(1);
    assertThat(obstacles(table.join(table.as("b"), "id"))).containsExactly("Join");
    assertThat(obstacles(table.selectExpr("explode(array(id, -id)) AS id"))).isEmpty();
    spark.udf().register("dice", functions.udf(() -> 4L, DataTypes.LongType).asNondeterministic());
    assertThat(obstacles(table.selectExpr("dice() AS id")))
        .containsExactly("Project with dice() AS id");
    assertThat(Repeatability.obstacles(table.select(new Column(pythonUdf()))))
        .allMatch(o -> o.startsWith("Project with score()"))
        .hasSize(1);
    assertThat(Repeatability.obstacles(spark.baseRelationToDataFrame(new Remote(spark))))
        .containsExactly("Remote(people)");
  }

  /** As JDBC's: what it reads can change unseen. */
  private static final class Remote extends BaseRelation {
    private final SparkSession spark;

    Remote(SparkSession spark) {
      this.spark = spark;
    }

    @Override
    public SQLContext sqlContext() {
      return spark.sqlContext();
    }

    @Override
    public StructType schema() {
      return StructType.fromDDL("id BIGINT");
    }

    @Override
    public String toString() {
      return "Remote(people)";
    }
  }

  /** As a PySpark session makes it; planned only, for want of Python. */
  private static PythonUDF pythonUdf() {
    return new PythonUDF(
        "score",
        null,
        DataTypes.LongType,
        JavaConverters.asScalaBuffer(List.<Expression>of()).toSeq(),
        100,
        true,
        NamedExpression.newExprId());
  }

  private static List<String> obstacles(Dataset<Row> data) {
    SplitPlan plan = FeedPlan.of(data, ID, OPTIONS).splits();
    assertThat(plan.repeatable()).isEqualTo(plan.obstacles().isEmpty());
    return plan.obstacles();
  }
}
