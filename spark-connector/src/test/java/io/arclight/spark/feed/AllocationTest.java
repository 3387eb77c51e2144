package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Copying from columnar batches makes no object for a row. */
@Timeout(120)
class AllocationTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();
  private static final int ROWS = 300_000;

  @TempDir static Path folder;

  @Test
  void columnarBatchesCostLessThanAByteARow() {
    SparkSession spark = SESSION.spark();
    String path = folder.resolve("table").toString();
    spark
        .range(0, ROWS, 1, 1)
        .selectExpr(
            "CAST(id AS FLOAT) AS f",
            "CAST(id AS DOUBLE) AS d",
            "CAST(id % 10 AS INT) AS y",
            "CAST(rand(1) AS FLOAT) AS r",
            "TRANSFORM(SEQUENCE(1, 8), i -> CAST(i + id AS FLOAT)) AS a")
        .write()
        .parquet(path);
    Dataset<Row> table = spark.read().parquet(path).filter("d >= 1000");
    ColumnMapping mapping =
        ColumnMapping.of(Features.columns("f", "d", "r"), Features.column("a"))
            .withLabel(Label.classes("y"));
    FeedPlan plan = FeedPlan.of(table, mapping, FeedOptions.of(256));
    assertThat(plan.path()).startsWith("columnar batches").contains("filtered by");

    List<Long> measured = FeedRdd.of(1, plan).toJavaRDD().map(AllocationTest::measure).first();
    double perRow = (measured.get(1) - measured.get(0)) / (double) (ROWS - 1000);
    System.out.printf(
        "allocated: scan %.1f, scan and copy %.1f, copy %.4f bytes a row%n",
        measured.get(0) / (ROWS - 1000.0), measured.get(1) / (ROWS - 1000.0), perRow);
    assertThat(perRow).isLessThanOrEqualTo(1.0);
  }

  /** Bytes allocated by passing over all rows, and by copying them. */
  private static List<Long> measure(SplitSource source) {
    try (FeedMemory memory = new FeedMemory("allocation", source.fields())) {
      RowBlock block = memory.block(source.options().window());
      RowMarks marks = new RowMarks(block.capacity());
      read(source, null, marks);
      read(source, block, marks);
      long scan = read(source, null, marks);
      long copy = read(source, block, marks);
      memory.release(block);
      return List.of(scan, copy);
    }
  }

  private static long read(SplitSource source, RowBlock block, RowMarks marks) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    long rows = 0;
    for (int split = 0; split < source.plan().splits().size(); split++) {
      try (SplitReader reader = source.open(split, marks)) {
        long n;
        do {
          n = block == null ? reader.pass(1024) : reader.read(block, 0, block.capacity());
          rows += n;
        } while (n > 0);
      }
    }
    assertThat(rows).isEqualTo(ROWS - 1000);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
