package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which sample is in which global batch depends on seed, epoch and input only. */
@Timeout(120)
class OrderTest {
  @RegisterExtension static final TestSession SESSION = new TestSession();
  private static final int ROWS = 5003;
  private static final int BATCH = 100;
  private static final FeedOptions OPTIONS = FeedOptions.of(BATCH).withWindow(64).withSeed(11);

  private static FeedPlan plan(FeedOptions options) {
    Dataset<Row> data = SESSION.spark().range(0, ROWS, 1, 23).toDF("x");
    return FeedPlan.of(data, ColumnMapping.of(Features.column("x")), options);
  }

  @Test
  void theNumberOfRanksDoesNotMoveSamples() {
    FeedPlan plan = plan(OPTIONS);
    List<long[]> alone = FeedRun.batches(FeedRun.epoch(plan, 1, 0));
    for (int ranks : new int[] {2, 3}) {
      assertThat(FeedRun.batches(FeedRun.epoch(plan, ranks, 0)))
          .as(ranks + " ranks")
          .usingRecursiveComparison()
          .isEqualTo(alone);
    }
  }

  @Test
  void globalBatchesAreFullUntilTheLastAndHaveEachRowOnce() {
    List<FeedRun.Step> steps = FeedRun.epoch(plan(OPTIONS), 3, 0);
    List<long[]> batches = FeedRun.batches(steps);
    assertThat(batches).hasSize((ROWS + BATCH - 1) / BATCH);
    for (int t = 0; t < batches.size() - 1; t++) {
      assertThat(batches.get(t)).hasSize(BATCH);
    }
    assertThat(batches.get(batches.size() - 1)).hasSize(ROWS % BATCH);
    long[] ids = batches.stream().flatMapToLong(LongStream::of).toArray();
    assertThat(Arrays.stream(ids).distinct().count()).isEqualTo(ROWS);
    steps.forEach(s -> assertThat(s.globalRows()).isEqualTo((long) batches.get(s.step()).length));
  }

  @Test
  void epochsDifferAndRepeatExactly() {
    FeedPlan plan = plan(OPTIONS);
    List<float[]> first = values(FeedRun.epoch(plan, 2, 0));
    assertThat(values(FeedRun.epoch(plan(OPTIONS), 2, 0)))
        .usingRecursiveComparison()
        .isEqualTo(first);
    List<float[]> second = values(FeedRun.epoch(plan, 2, 1));
    assertThat(second.get(0)).isNotEqualTo(first.get(0));
    assertThat(sorted(second)).isEqualTo(sorted(first));
  }

  @Test
  void withoutShufflingALaneKeepsTheOrder() {
    FeedOptions options = OPTIONS.withShuffle(Shuffle.NONE).withLanes(1);
    List<float[]> values = values(FeedRun.epoch(plan(options), 1, 3));
    float expected = 0;
    for (float[] batch : values) {
      for (float value : batch) {
        assertThat(value).isEqualTo(expected++);
      }
    }
    assertThat(expected).isEqualTo(ROWS);
  }

  @Test
  void aResumedRunGetsTheBatchesThatWereLeftOnAnyNumberOfRanks() {
    FeedPlan plan = plan(OPTIONS);
    List<long[]> whole = FeedRun.batches(FeedRun.epoch(plan, 2, 1));
    for (int done : new int[] {1, 7, 40, 50}) {
      List<FeedRun.Step> begun = FeedRun.run(plan, 2, 1, List.of(), done);
      List<LaneState> states = new ArrayList<>();
      begun.stream().filter(s -> s.step() == done - 1).forEach(s -> states.addAll(s.states()));
      for (int ranks : new int[] {2, 3}) {
        List<FeedRun.Step> rest = FeedRun.run(plan(OPTIONS), ranks, 1, states, Integer.MAX_VALUE);
        assertThat(FeedRun.batches(rest))
            .as(done + " steps done, then " + ranks + " ranks")
            .usingRecursiveComparison()
            .isEqualTo(whole.subList(done, whole.size()));
      }
    }
  }

  @Test
  void statesOfOtherLanesAreRefused() {
    List<LaneState> states = List.of(new LaneState(0, 0, 0, 0, 0, 0));
    assertThatThrownBy(() -> FeedRun.run(plan(OPTIONS), 1, 0, states, 1))
        .isInstanceOf(SparkException.class)
        .hasMessageContaining(
            "the states to resume from are of 1 lanes, but the feed has 16: use the same options");
  }

  /** After a shuffle a split may have fewer rows than had been read of it. */
  @Test
  void aResumedRunTakesWhatIsLeftOfInputThatVaries() {
    List<FeedRun.Step> begun = FeedRun.run(shuffled(100), 1, 0, List.of(), 5);
    List<LaneState> states = begun.get(4).states();
    for (int[] rowsAndLeft : new int[][] {{100, 50}, {60, 10}, {49, 0}, {20, 0}}) {
      FeedPlan plan = shuffled(rowsAndLeft[0]);
      assertThat(FeedRun.rows(FeedRun.run(plan, 1, 0, states, Integer.MAX_VALUE)))
          .as("of %d rows", rowsAndLeft[0])
          .isEqualTo(rowsAndLeft[1]);
    }
  }

  private static FeedPlan shuffled(int rows) {
    Dataset<Row> data = SESSION.spark().range(0, rows, 1, 2).toDF("x").repartition(1);
    FeedOptions options = FeedOptions.of(10).withWindow(16).withLanes(1);
    return FeedPlan.of(data, ColumnMapping.of(Features.column("x")), options);
  }

  private static List<float[]> values(List<FeedRun.Step> steps) {
    return steps.stream().map(FeedRun.Step::values).toList();
  }

  private static List<Float> sorted(List<float[]> batches) {
    List<Float> all = new ArrayList<>();
    for (float[] batch : batches) {
      for (float value : batch) {
        all.add(value);
      }
    }
    return all.stream().sorted().toList();
  }
}
