package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class GlobalBatchPlanTest {

  @Test
  void splitsEquallyAndGivesTheRestToTheFirstLanes() {
    assertThat(GlobalBatchPlan.rows(new long[] {10, 10, 10, 10}, 10)).containsExactly(3, 3, 2, 2);
    assertThat(GlobalBatchPlan.rows(new long[] {1, 10, 0, 10}, 10)).containsExactly(1, 5, 0, 4);
    assertThat(GlobalBatchPlan.rows(new long[] {1, 2, 0}, 10)).containsExactly(1, 2, 0);
    assertThat(GlobalBatchPlan.rows(new long[] {0, 0}, 10)).containsExactly(0, 0);
  }

  @Test
  void holdsItsPropertiesForAnyAvailability() {
    Random random = new Random(7);
    for (int trial = 0; trial < 20_000; trial++) {
      int globalBatch = 1 + random.nextInt(64);
      long[] available =
          random.longs(1 + random.nextInt(20), 0, 1 + random.nextInt(2 * globalBatch)).toArray();
      int[] rows = GlobalBatchPlan.rows(available, globalBatch);
      long all = Arrays.stream(available).sum();
      assertThat(Arrays.stream(rows).asLongStream().sum()).isEqualTo(Math.min(globalBatch, all));
      int most = Arrays.stream(rows).max().orElseThrow();
      for (int lane = 0; lane < rows.length; lane++) {
        assertThat((long) rows[lane]).isBetween(0L, available[lane]);
        if (rows[lane] < available[lane]) {
          assertThat(rows[lane]).isGreaterThanOrEqualTo(most - 1);
        }
      }
      for (int lane = 0; lane < available.length; lane++) {
        available[lane] = Math.min(available[lane], globalBatch);
      }
      assertThat(GlobalBatchPlan.rows(available, globalBatch)).containsExactly(rows);
    }
  }

  @Test
  void dropsALastBatchOfFewerRows() {
    FeedOptions options = FeedOptions.of(10).withLast(LastBatch.DROPPED);
    assertThat(GlobalBatchPlan.rows(new long[] {4, 6}, options)).containsExactly(4, 6);
    assertThat(GlobalBatchPlan.rows(new long[] {4, 5}, options)).containsExactly(0, 0);
    assertThat(GlobalBatchPlan.rows(new long[] {4, 5}, FeedOptions.of(10))).containsExactly(4, 5);
  }

  @Test
  void refusesNegativeAvailability() {
    assertThatThrownBy(() -> GlobalBatchPlan.rows(new long[] {-1}, 1))
        .hasMessage("a lane cannot have -1 rows");
  }
}
