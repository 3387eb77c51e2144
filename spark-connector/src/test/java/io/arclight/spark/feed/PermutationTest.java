package io.arclight.spark.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
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
}
