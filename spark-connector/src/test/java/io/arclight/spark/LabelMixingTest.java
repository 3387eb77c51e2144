package io.arclight.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.spark.feed.Shuffle;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LabelMixingTest {

  @Test
  void uniformBatchesHaveTheRatioOne() {
    Random random = new Random(3);
    double sum = 0;
    for (int epoch = 0; epoch < 400; epoch++) {
      LabelMixing mixing = epoch(random.doubles(1000).map(x -> 50 + 7 * x).toArray(), 60);
      assertThat(mixing.batches).isEqualTo(17);
      assertThat(mixing.warning(Shuffle.WINDOW, 64)).isEmpty();
      sum += mixing.ratio();
    }
    assertThat(sum / 400).isCloseTo(1, within(0.08));
  }

  /** Of all batches of a row's neighbours the whole variance is between them. */
  @Test
  void sortedBatchesHaveTheRatioOfTheirRows() {
    LabelMixing mixing = epoch(sorted(6400), 64);
    assertThat(mixing.ratio()).isCloseTo(64, within(1.0));
    assertThat(mixing.warning(Shuffle.WINDOW, 512).orElseThrow())
        .contains("100 global batches has 64.6 times the variance")
        .contains("shuffle(GLOBAL)", "materialize()", "repartition(n)")
        .contains("shuffleWindow of more than 512 rows");
  }

  @Test
  void theLastBatchMayBeShorter() {
    double[] alternating = new double[1001];
    for (int i = 0; i < 1001; i++) {
      alternating[i] = i % 2;
    }
    LabelMixing mixing = epoch(alternating, 50);
    assertThat(mixing.batches).isEqualTo(21);
    // 20 batches have the mean 1/2; the last has one row, a standard deviation away: 1 / (21 - 1).
    assertThat(mixing.ratio()).isCloseTo(0.05, within(1e-3));
  }

  @Test
  void anOrderThatWasAskedForIsNoNews() {
    LabelMixing mixing = epoch(sorted(6400), 64);
    assertThat(mixing.warning(Shuffle.NONE, 64)).isEmpty();
    assertThat(mixing.warning(Shuffle.GLOBAL, 64).orElseThrow())
        .contains("call materialize() for the first too")
        .doesNotContain("repartition");
  }

  @Test
  void aLabelOfSeveralNumbersCountsByItsTotal() {
    BatchSums sums = BatchSums.NONE.with(new double[] {1, 2, 3, 4, 5, 6}, 3);
    assertThat(sums.label()).isEqualTo(21);
    assertThat(sums.labelSquares()).isEqualTo(9 + 49 + 121);
  }

  @Test
  void fewBatchesTellNothing() {
    assertThat(epoch(sorted(15 * 64), 64).warning(Shuffle.WINDOW, 64)).isEmpty();
    assertThat(epoch(sorted(16 * 64), 64).warning(Shuffle.WINDOW, 64)).isPresent();
  }

  @Test
  void labelsThatDoNotVaryHaveNoRatio() {
    for (double constant : new double[] {0, 1, 0.1, -1e-30, 1e9 / 3}) {
      double[] labels = new double[6400];
      Arrays.fill(labels, constant);
      assertThat(epoch(labels, 64).ratio()).as("all %s", constant).isNaN();
      assertThat(epoch(labels, 64).warning(Shuffle.WINDOW, 64)).isEmpty();
    }
    double[] broken = sorted(6400);
    broken[17] = Double.POSITIVE_INFINITY;
    assertThat(epoch(broken, 64).warning(Shuffle.WINDOW, 64)).isEmpty();
    assertThat(new LabelMixing().ratio()).isNaN();
  }

  /** Years and the like: far from 0, and not far from each other. */
  @Test
  void aLargeMeanHidesNothing() {
    double[] years = Arrays.stream(sorted(6400)).map(x -> 2000 + x / 400).toArray();
    assertThat(epoch(years, 64).ratio()).isCloseTo(64, within(1.0));
  }

  @Test
  void batchesWithoutRowsAreNone() {
    LabelMixing mixing = epoch(sorted(6400), 64);
    double before = mixing.ratio();
    mixing.add(0, 0, 0);
    assertThat(mixing.ratio()).isEqualTo(before);
  }

  @Test
  void aCheckpointKeepsTheSums() {
    TrainingState state = new TrainingState();
    state.mixing = epoch(sorted(6400), 64);
    assertThat(TrainingState.fromJson(state.toJson()).mixing)
        .usingRecursiveComparison()
        .isEqualTo(state.mixing);
  }

  private static double[] sorted(int rows) {
    double[] labels = new double[rows];
    Arrays.setAll(labels, i -> i);
    return labels;
  }

  private static LabelMixing epoch(double[] labels, int batch) {
    LabelMixing mixing = new LabelMixing();
    for (int from = 0; from < labels.length; from += batch) {
      double[] rows = Arrays.copyOfRange(labels, from, Math.min(labels.length, from + batch));
      BatchSums sums = BatchSums.NONE.with(rows, rows.length);
      mixing.add(rows.length, sums.label(), sums.labelSquares());
    }
    return mixing;
  }
}
