package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PermutationTest {

  @Test
  void isAPermutationThatItsKeyNames() {
    int[] order = Permutation.of(1000, 1, 2, 3);
    assertThat(order).containsExactly(Permutation.of(1000, 1, 2, 3));
    assertThat(order).isNotEqualTo(Permutation.of(1000, 1, 3, 2));
    Arrays.sort(order);
    for (int i = 0; i < order.length; i++) {
      assertThat(order[i]).isEqualTo(i);
    }
  }

  /** A resumed run may be on another Java version, so the numbers themselves are fixed. */
  @Test
  void neverChanges() {
    assertThat(Permutation.of(8, 42, 0)).containsExactly(6, 5, 7, 0, 3, 1, 2, 4);
  }

  @Test
  void givesEveryPlaceAlike() {
    int[] firsts = new int[6];
    for (int seed = 0; seed < 60_000; seed++) {
      firsts[Permutation.of(6, seed)[0]]++;
    }
    assertThat(Arrays.stream(firsts).boxed().toList()).allMatch(n -> n > 9_600 && n < 10_400);
  }

  @Test
  void permutationsOfAnySizeAreUniform() {
    for (long rows : new long[] {1, 2, 3, 10, 255, 256, 257, 70_000}) {
      GlobalOrder order = new GlobalOrder(rows, 5, 1);
      assertThat(LongStream.range(0, rows).map(order::at).sorted().toArray())
          .isEqualTo(LongStream.range(0, rows).toArray());
    }
    int[] places = new int[7];
    int[] pairs = new int[7 * 7];
    for (int seed = 0; seed < 4900; seed++) {
      GlobalOrder order = new GlobalOrder(700, seed, 1);
      places[(int) order.at(0) / 100]++;
      pairs[(int) (7 * (order.at(3) / 100) + order.at(4) / 100)]++;
    }
    for (int count : places) {
      assertThat(count).isBetween(700 - 120, 700 + 120);
    }
    for (int count : pairs) {
      assertThat(count).isBetween(100 - 50, 100 + 50);
    }
    GlobalOrder large = new GlobalOrder(1L << 40, 1);
    assertThat(LongStream.range(0, 10_000).map(large::at).distinct().count()).isEqualTo(10_000);
    assertThat(LongStream.range(0, 10_000).map(large::at).average().orElseThrow() / (1L << 40))
        .isCloseTo(0.5, within(0.015));
  }
}
