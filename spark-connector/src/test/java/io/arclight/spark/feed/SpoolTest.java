package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.arclight.tensor.Device;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.util.ArrowUtils$;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a rank has read once comes from local files, and is the same as from the source. */
@Timeout(120)
class SpoolTest {
  private static final String LIMIT = "spark.arclight.spool.limit";
  private static final String ENCRYPTION = "spark.io.encryption.enabled";
  private static final int ROWS = 5000;
  private static final int EPOCHS = 3;

  private static SparkSession spark;
  @TempDir Path folder;
  private Path table;

  /** What happens between the first epoch and the others, or where said. */
  private enum Between {
    NOTHING,
    SOURCE_GONE,
    SPOOL_DAMAGED,
    /** After the second epoch, when the files have been mapped. */
    SPOOL_CUT_OFF,
    DAMAGED_AND_GONE,
    STOPPED_EARLY
  }

  @BeforeAll
  static void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", false)
            // One mapping for all reads of a file, so that a file that is gone is seen to be.
            .config("spark.sql.files.maxPartitionBytes", 4096)
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void write() {
    table = folder.resolve("table");
    spark
        .range(0, ROWS, 1, 5)
        .selectExpr(
            "cast(id as float) x", "array(cast(id as float), sin(id), 1f) a", "id % 7 = 0 as odd")
        .write()
        .parquet(table.toString());
  }

  @AfterEach
  void restore() {
    SparkEnv.get().conf().remove(LIMIT).remove(ENCRYPTION);
  }

  @Test
  void laterEpochsAreTheSameWithoutTheSource() {
    List<String> expected = epochs(plan(BadRows.FAIL), Between.NOTHING);
    assertThat(expected).doesNotHaveDuplicates().hasSize(EPOCHS);
    assertThat(epochs(plan(BadRows.FAIL).spooled(), Between.NOTHING)).isEqualTo(expected);
    assertThat(epochs(plan(BadRows.FAIL).spooled(), Between.SOURCE_GONE)).isEqualTo(expected);
  }

  @Test
  void damagedRowsComeFromTheSourceAgain() {
    assumeThat(Path.of("/proc/self/fd")).exists();
    List<String> expected = epochs(plan(BadRows.FAIL), Between.NOTHING);
    assertThat(epochs(plan(BadRows.FAIL).spooled(), Between.SPOOL_DAMAGED)).isEqualTo(expected);
    assertThat(epochs(plan(BadRows.FAIL).spooled(), Between.SPOOL_CUT_OFF)).isEqualTo(expected);
  }

  @Test
  void damagedRowsWhoseSourceIsGoneAreAnError() {
    assumeThat(Path.of("/proc/self/fd")).exists();
    FeedPlan plan = plan(BadRows.FAIL).spooled();
    assertThatThrownBy(() -> epochs(plan, Between.DAMAGED_AND_GONE))
        .rootCause()
        .isInstanceOf(FileNotFoundException.class);
    // The batch that could not be filled is given back.
    assertThat(ArrowUtils$.MODULE$.rootAllocator().getChildAllocators()).isEmpty();
  }

  @Test
  void splitsThatWereNotReadToTheirEndComeFromTheSource() {
    List<String> expected = epochs(plan(BadRows.FAIL), Between.STOPPED_EARLY);
    assertThat(epochs(plan(BadRows.FAIL).spooled(), Between.STOPPED_EARLY)).isEqualTo(expected);
  }

  @Test
  void splitsWithRowsThatAreLeftOutComeFromTheSource() {
    Dataset<Row> holes =
        spark
            .read()
            .parquet(table.toString())
            .selectExpr("if(x = 17, null, x) x", "a", "odd")
            .toDF();
    FeedPlan plan = plan(holes, BadRows.SKIP);
    assertThat(epochs(plan.spooled(), Between.NOTHING)).isEqualTo(epochs(plan, Between.NOTHING));
  }

  @Test
  void theLimitEndsIt() {
    List<String> expected = epochs(plan(BadRows.FAIL), Between.NOTHING);
    for (String limit : List.of("0", "40k", "1")) {
      SparkEnv.get().conf().set(LIMIT, limit);
      assertThat(epochs(plan(BadRows.FAIL).spooled(), Between.NOTHING)).isEqualTo(expected);
    }
  }

  @Test
  void whatIsRandomStaysSo() {
    Dataset<Row> rows = spark.read().parquet(table.toString());
    assertThat(plan(rows, BadRows.FAIL).spooled().spec().spooled()).isTrue();
    assertThat(plan(rows.repartition(2), BadRows.FAIL).spooled().spec().spooled()).isTrue();
    Dataset<Row> noise = rows.selectExpr("x + rand() x", "a", "odd");
    assertThat(plan(noise, BadRows.FAIL).spooled().spec().spooled()).isFalse();
    Dataset<Row> mapped = rows.map((MapFunction<Row, Row>) row -> row, rows.encoder());
    assertThat(plan(mapped, BadRows.FAIL).spooled().spec().spooled()).isFalse();
    Dataset<Row> fromRdd = spark.createDataFrame(rows.toJavaRDD(), rows.schema());
    assertThat(plan(fromRdd, BadRows.FAIL).spooled().spec().spooled()).isFalse();
  }

  @Test
  void nothingPlainIsKeptUnderEncryption() {
    List<Field> fields = plan(BadRows.FAIL).fields();
    Optional<Spool> plain = Spool.open(fields, 0);
    assertThat(plain).isPresent();
    plain.get().close();
    SparkEnv.get().conf().set(ENCRYPTION, "true");
    assertThat(Spool.open(fields, 0)).isEmpty();
  }

  private FeedPlan plan(BadRows badRows) {
    return plan(spark.read().parquet(table.toString()), badRows);
  }

  private static FeedPlan plan(Dataset<Row> data, BadRows badRows) {
    ColumnMapping mapping =
        ColumnMapping.of(Features.column("x"), Features.column("a"))
            .withLabel(Label.target("odd"))
            .withBadRows(badRows);
    return FeedPlan.of(
        data, mapping, new FeedOptions(96, 3, 100, Shuffle.WINDOW, 5, LastBatch.KEPT));
  }

  /** What a single rank gets in each epoch, in order. */
  private List<String> epochs(FeedPlan plan, Between between) {
    Path source = table;
    Path away = folder.resolve("away");
    String sourceName = source.toString();
    String awayName = away.toString();
    List<String> epochs =
        FeedRdd.of(1, plan)
            .toJavaRDD()
            .map(feed -> read(feed, between, Path.of(sourceName), Path.of(awayName)))
            .first();
    if (between == Between.SOURCE_GONE) {
      move(away, source);
    }
    return epochs;
  }

  private static ArrayList<String> read(
      SplitSource source, Between between, Path table, Path away) {
    ArrayList<String> epochs = new ArrayList<>();
    try (RankFeed feed = RankFeed.open(source, Device.CPU, AvailabilityExchange.ALONE)) {
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        feed.start(epoch);
        StringBuilder rows = new StringBuilder();
        int steps = epoch == 0 && between == Between.STOPPED_EARLY ? 7 : Integer.MAX_VALUE;
        Optional<RankBatch> next = feed.next();
        for (int step = 0; next.isPresent(); step++) {
          try (RankBatch batch = next.get()) {
            append(rows, batch);
          }
          next = step < steps ? feed.next() : Optional.empty();
        }
        epochs.add(rows.toString());
        if (epoch == 0) {
          switch (between) {
            case SOURCE_GONE -> move(table, away);
            case SPOOL_DAMAGED -> spooled(SpoolTest::damage);
            case DAMAGED_AND_GONE -> {
              move(table, away);
              spooled(SpoolTest::damage);
            }
            case NOTHING, SPOOL_CUT_OFF, STOPPED_EARLY -> {}
          }
        } else if (epoch == 1 && between == Between.SPOOL_CUT_OFF) {
          spooled(file -> file.truncate(0));
        }
      }
    }
    return epochs;
  }

  private static void append(StringBuilder rows, RankBatch batch) {
    float[] x = batch.batch().get("x").toFloats();
    float[] a = batch.batch().get("a").toFloats();
    float[] odd = batch.batch().get("odd").toFloats();
    long[] ids = batch.batch().sampleIds().toLongs();
    for (int i = 0; i < x.length; i++) {
      rows.append(ids[i]).append(' ').append(x[i]).append(' ').append(a[3 * i + 1]);
      rows.append(' ').append(a[3 * i + 2]).append(' ').append(odd[i]).append('\n');
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Strike {
    void on(FileChannel file) throws IOException;
  }

  /** Strikes all of this process's files that have no name any more. */
  private static void spooled(Strike strike) {
    int struck = 0;
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : open.toList()) {
        String name = Files.exists(file) ? Files.readSymbolicLink(file).toString() : "";
        if (name.contains("/arclight-") && name.endsWith(".rows (deleted)")) {
          try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            strike.on(channel);
            struck++;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(struck).isPositive();
  }

  /** Turns a bit. */
  private static void damage(FileChannel file) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    file.read(one, 1000);
    file.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 4)}), 1000);
  }
}
