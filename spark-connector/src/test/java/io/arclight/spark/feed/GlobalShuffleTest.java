package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.arclight.tensor.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One permutation over all rows, from the second epoch on or after materializing. */
@Timeout(120)
class GlobalShuffleTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();
  private static final int ROWS = 5003;
  private static final int BATCH = 100;
  private static final FeedOptions OPTIONS =
      FeedOptions.of(BATCH).withWindow(64).withSeed(11).withShuffle(Shuffle.GLOBAL);
  private static final String LIMIT = "spark.arclight.spool.limit";
  private static final String ENCRYPTION = "spark.io.encryption.enabled";

  @AfterEach
  void forget() {
    SparkEnv.get().conf().remove(LIMIT).remove(ENCRYPTION);
  }

  /** Sorted rows. */
  private static FeedPlan plan() {
    return plan(SESSION.spark().range(0, ROWS, 1, 23).toDF("x"), BadRows.FAIL);
  }

  private static FeedPlan plan(Dataset<Row> data, BadRows badRows) {
    return FeedPlan.of(data, ColumnMapping.of(Features.column("x")).withBadRows(badRows), OPTIONS);
  }

  @Test
  void everyRowComesOnceAndTheOrderIsUniform() {
    for (int epoch = 1; epoch <= 2; epoch++) {
      List<FeedRun.Step> steps = FeedRun.epoch(plan(), 1, epoch);
      assertThat(steps).hasSize((ROWS + BATCH - 1) / BATCH);
      float[] order = new float[ROWS];
      int at = 0;
      for (FeedRun.Step step : steps) {
        for (float value : step.values()) {
          order[at++] = value;
        }
      }
      assertThat(at).isEqualTo(ROWS);
      float[] sorted = order.clone();
      Arrays.sort(sorted);
      for (int i = 0; i < ROWS; i++) {
        assertThat(sorted[i]).isEqualTo(i);
      }
      assertUniform(order);
    }
  }

  /** Where rows of each tenth of the input go, by chi square; 81 degrees of freedom. */
  private static void assertUniform(float[] order) {
    double[][] counts = new double[10][10];
    double moved = 0;
    for (int i = 0; i < order.length; i++) {
      counts[10 * i / order.length][(int) (10 * order[i] / order.length)]++;
      moved += Math.abs(order[i] - i);
    }
    double expected = order.length / 100.0;
    double chi = 0;
    for (double[] row : counts) {
      for (double count : row) {
        chi += (count - expected) * (count - expected) / expected;
      }
    }
    // The 0.01 % and 99.99 % quantiles.
    assertThat(chi).isBetween(41.0, 135.0);
    assertThat(moved / order.length).isCloseTo(order.length / 3.0, within(0.03 * order.length));
  }

  @Test
  void theNumberOfRanksDoesNotMoveSamplesAndARerunIsTheSame() {
    List<long[]> alone = FeedRun.batches(FeedRun.epoch(plan(), 1, 1));
    for (int ranks = 2; ranks <= 3; ranks++) {
      List<FeedRun.Step> steps = FeedRun.epoch(plan(), ranks, 1);
      assertThat(FeedRun.batches(steps)).usingRecursiveComparison().isEqualTo(alone);
      assertThat(FeedRun.epoch(plan(), ranks, 1)).usingRecursiveComparison().isEqualTo(steps);
      // All have about their share of each batch.
      for (FeedRun.Step step : steps.subList(0, 50)) {
        assertThat(step.ids().length).isBetween(BATCH / ranks - 35, BATCH / ranks + 35);
      }
    }
    assertThat(FeedRun.batches(FeedRun.epoch(plan(), 1, 2)).get(0)).isNotEqualTo(alone.get(0));
  }

  @Test
  void aResumedRunGetsTheBatchesThatWereLeftOnAnyNumberOfRanks() {
    List<long[]> whole = FeedRun.batches(FeedRun.epoch(plan(), 2, 1));
    for (int done : new int[] {1, 30, 50}) {
      List<LaneState> states = new ArrayList<>();
      FeedRun.run(plan(), 2, 1, List.of(), done).stream()
          .filter(s -> s.step() == done - 1)
          .forEach(s -> states.addAll(s.states()));
      for (int ranks : new int[] {1, 2, 3}) {
        List<FeedRun.Step> rest = FeedRun.run(plan(), ranks, 1, states, Integer.MAX_VALUE);
        assertThat(FeedRun.batches(rest))
            .as(done + " steps done, then " + ranks + " ranks")
            .usingRecursiveComparison()
            .isEqualTo(whole.subList(done, whole.size()));
      }
    }
  }

  @Test
  void theFirstEpochGoesByWindowsUnlessTheInputIsMaterialized() {
    FeedPlan windows =
        FeedPlan.of(
            SESSION.spark().range(0, ROWS, 1, 23).toDF("x"),
            ColumnMapping.of(Features.column("x")),
            OPTIONS.withShuffle(Shuffle.WINDOW));
    assertThat(FeedRun.batches(FeedRun.epoch(plan(), 2, 0)))
        .usingRecursiveComparison()
        .isEqualTo(FeedRun.batches(FeedRun.epoch(windows, 2, 0)));
    List<FeedRun.Step> first = FeedRun.epoch(plan().materialized(), 1, 0);
    float[] order = new float[ROWS];
    int at = 0;
    for (FeedRun.Step step : first) {
      for (float value : step.values()) {
        order[at++] = value;
      }
    }
    assertUniform(order);
    assertThatThrownBy(windows::materialized)
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("materializing serves shuffle(GLOBAL), but the shuffle is WINDOW");
  }

  @Test
  void rowsThatAreLeftOutAreNotInTheOrder() {
    Dataset<Row> holes =
        SESSION.spark().range(0, ROWS, 1, 23).selectExpr("if(id % 10 = 3, null, id) x");
    FeedPlan plan = plan(holes, BadRows.SKIP);
    List<FeedRun.Step> steps = FeedRun.epoch(plan, 2, 1);
    long[] ids = steps.stream().flatMapToLong(s -> LongStream.of(s.ids())).sorted().toArray();
    assertThat(ids).hasSize(ROWS - ROWS / 10).doesNotHaveDuplicates();
    // An id says where a row stands among all of its split.
    long[] windowed =
        FeedRun.epoch(plan, 2, 0).stream()
            .flatMapToLong(s -> LongStream.of(s.ids()))
            .sorted()
            .toArray();
    assertThat(ids).isEqualTo(windowed);
    for (FeedRun.Step step : steps) {
      for (float value : step.values()) {
        assertThat(value % 10).isNotEqualTo(3);
      }
    }
  }

  /** One feed through three epochs, which the first fills. */
  @Test
  void laterEpochsComeFromWhatTheFirstKept() {
    List<String> fresh =
        IntStream.range(1, 3)
            .mapToObj(e -> Arrays.toString(FeedRun.epoch(plan(), 1, e).get(0).values()))
            .toList();
    assertThat(starts(false).subList(1, 3)).isEqualTo(fresh);
  }

  @Test
  void damagedRowsAreReadFromTheSourceAgain() {
    assumeThat(Path.of("/proc/self/fd")).exists();
    assertThat(starts(true)).isEqualTo(starts(false));
  }

  /** All values of epochs 0 to 2. */
  private static List<String> starts(boolean damage) {
    return FeedRdd.of(1, plan())
        .toJavaRDD()
        .map(
            source -> {
              ArrayList<String> epochs = new ArrayList<>();
              try (RankFeed feed = RankFeed.open(source, Device.CPU, AvailabilityExchange.ALONE)) {
                for (int epoch = 0; epoch < 3; epoch++) {
                  feed.start(epoch);
                  Optional<RankBatch> next = feed.next();
                  String first = null;
                  for (; next.isPresent(); next = feed.next()) {
                    try (RankBatch batch = next.get()) {
                      String values =
                          Arrays.toString(batch.batch().get("x").to(Device.CPU).toFloats());
                      first = first == null ? values : first;
                    }
                  }
                  epochs.add(first);
                  if (damage && epoch == 0) {
                    damage();
                  }
                }
              }
              return epochs;
            })
        .first();
  }

  /** Turns a bit in the middle of every file that keeps rows. */
  private static void damage() {
    int struck = 0;
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path file : open.toList()) {
        String name = Files.exists(file) ? Files.readSymbolicLink(file).toString() : "";
        if (name.contains("/arclight-") && name.endsWith(".rows (deleted)")) {
          try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int at = 40; at < channel.size(); at += 4000) {
              ByteBuffer one = ByteBuffer.allocate(1);
              channel.read(one, at);
              channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 4)}), at);
            }
            struck++;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(struck).isPositive();
  }

  @Test
  void withoutRoomItIsAnErrorThatSaysSo() {
    FeedPlan plan = plan();
    SparkEnv.get().conf().set(LIMIT, "10k");
    assertThatThrownBy(() -> FeedRun.epoch(plan, 1, 1))
        .hasMessageContaining("shuffle(GLOBAL) needs room in Spark's local folders")
        .hasMessageContaining(LIMIT)
        .hasMessageContaining("10240 bytes are kept");
    SparkEnv.get().conf().set(LIMIT, "0");
    assertThatThrownBy(() -> FeedRun.epoch(plan, 1, 1)).hasMessageContaining("needs room");
    assertThatThrownBy(GlobalShuffleTest::plan)
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("spark.arclight.spool.limit is 0");
    SparkEnv.get().conf().remove(LIMIT).set(ENCRYPTION, "true");
    assertThatThrownBy(GlobalShuffleTest::plan)
        .isInstanceOf(FeedException.class)
        .hasMessageContaining(ENCRYPTION + " is set");
  }
}
