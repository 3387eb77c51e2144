package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.spark.internal.SplitContext;
import io.arclight.tensor.Device;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.util.ArrowUtils$;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A feed may be ended at any moment, without a crash and without a leak. */
@Timeout(180)
class CancelTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();
  private static final int TIMES = 1000;

  @TempDir static Path folder;

  /** Vectors off the heap: reading one that is freed would end the JVM. */
  @Test
  void tasksMayEndAThousandTimesInTheMiddleOfABatch() {
    SparkSession spark = SESSION.spark();
    spark.conf().set("spark.sql.columnVector.offheap.enabled", "true");
    FeedPlan plan = plan(spark);
    String seen = FeedRdd.of(1, plan).toJavaRDD().map(CancelTest::cancelOften).first();
    System.out.println("ended tasks by batches given before: " + seen);
    assertThat(ArrowUtils$.MODULE$.rootAllocator().getAllocatedMemory()).isZero();
    assertThat(ArrowUtils$.MODULE$.rootAllocator().getChildAllocators()).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(t -> t.getName().startsWith("arclight-feed"));
  }

  @Test
  void cancelledJobsLeaveNothing() throws Exception {
    SparkSession spark = SESSION.spark();
    FeedPlan plan = plan(spark);
    Random random = new Random(6);
    for (int i = 0; i < 20; i++) {
      JavaFutureAction<List<Long>> job =
          FeedRdd.of(2, plan).toJavaRDD().map(CancelTest::readForEver).collectAsync();
      Thread.sleep(20 + random.nextInt(150));
      job.cancel(true);
      assertThatThrownBy(job::get)
          .isInstanceOfAny(CancellationException.class, ExecutionException.class);
    }
    await(() -> ArrowUtils$.MODULE$.rootAllocator().getChildAllocators().isEmpty());
    await(
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().startsWith("arclight-feed")));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(20);
    }
  }

  private static long readForEver(SplitSource source) {
    try (RankFeed feed = RankFeed.open(source, Device.CPU, AvailabilityExchange.ALONE)) {
      for (int epoch = 0; true; epoch++) {
        feed.start(epoch);
        while (true) {
          Optional<RankBatch> batch = feed.next();
          if (batch.isEmpty()) {
            break;
          }
          batch.get().close();
        }
      }
    }
  }

  @Test
  void batchesOutliveTheFeed() {
    String values =
        FeedRdd.of(1, plan(SESSION.spark()))
            .toJavaRDD()
            .map(
                source -> {
                  RankBatch batch;
                  try (RankFeed feed =
                      RankFeed.open(source, Device.CPU, AvailabilityExchange.ALONE)) {
                    feed.start(0);
                    batch = feed.next().orElseThrow();
                  }
                  try (batch) {
                    return batch.batch().get("x").shape()
                        + " "
                        + (ArrowUtils$.MODULE$.rootAllocator().getAllocatedMemory() > 0);
                  }
                })
            .first();
    assertThat(values).isEqualTo("[512, 1] true");
    assertThat(ArrowUtils$.MODULE$.rootAllocator().getChildAllocators()).isEmpty();
  }

  private static FeedPlan plan(SparkSession spark) {
    String path = folder.resolve("table").toString();
    spark
        .range(0, 20_000, 1, 4)
        .selectExpr("CAST(id AS FLOAT) AS x", "ARRAY(CAST(id AS FLOAT), 1F, 2F, 3F) AS a")
        .write()
        .mode("overwrite")
        .parquet(path);
    Dataset<Row> table = spark.read().parquet(path).filter("x >= 10");
    ColumnMapping mapping = ColumnMapping.of(Features.column("x"), Features.column("a"));
    return FeedPlan.of(table, mapping, FeedOptions.of(512).withWindow(256).withLanes(2));
  }

  /** Every time in a task context of its own, which ends as Spark ends one. */
  private static String cancelOften(SplitSource source) {
    Random random = new Random(5);
    int[] given = new int[4];
    for (int i = 0; i < TIMES; i++) {
      int batches = random.nextInt(given.length);
      given[batches]++;
      try (SplitContext task = new SplitContext(source.task())) {
        SplitSource mine = source.in(task.context(), 0, 1);
        RankFeed feed = RankFeed.open(mine, Device.CPU, AvailabilityExchange.ALONE);
        feed.start(i);
        for (int b = 0; b < batches; b++) {
          feed.next().orElseThrow().close();
        }
        LockSupport.parkNanos(random.nextInt(3_000_000));
      }
    }
    return Arrays.toString(given);
  }
}
