package io.arclight.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SamplerTest {

  private static List<Long> order(Sampler sampler, int epoch) {
    List<Long> out = new ArrayList<>();
    sampler.iterator(epoch).forEachRemaining((long i) -> out.add(i));
    assertThat(out).hasSize(Math.toIntExact(sampler.size()));
    return out;
  }

  private static List<Long> range(long n) {
    return LongStream.range(0, n).boxed().toList();
  }

  @Test
  void sequential() {
    assertThat(order(new SequentialSampler(4), 3)).isEqualTo(range(4));
    assertThat(order(new SequentialSampler(0), 0)).isEmpty();
  }

  @Test
  void randomIsAFunctionOfSeedAndEpoch() {
    List<Long> first = order(new RandomSampler(50, 3), 0);
    assertThat(first).containsExactlyInAnyOrderElementsOf(range(50)).isNotEqualTo(range(50));
    assertThat(order(new RandomSampler(50, 3), 0)).isEqualTo(first);
    assertThat(order(new RandomSampler(50, 3), 1)).isNotEqualTo(first);
    assertThat(order(new RandomSampler(50, 4), 0)).isNotEqualTo(first);
    assertThat(order(new RandomSampler(50, 3).numSamples(7), 0)).isEqualTo(first.subList(0, 7));
  }

  @Test
  void randomDrawsAgainWhenAllAreDrawn() {
    List<Long> order = order(new RandomSampler(5, 3).numSamples(12), 0);
    assertThat(order.subList(0, 5)).containsExactlyInAnyOrderElementsOf(range(5));
    assertThat(order.subList(5, 10)).containsExactlyInAnyOrderElementsOf(range(5));
    assertThat(order.subList(10, 12)).doesNotHaveDuplicates();
    List<Long> replaced = order(new RandomSampler(5, 3).replacement().numSamples(1000), 0);
    for (long i : range(5)) {
      assertThat(replaced.stream().filter(j -> j == i).count()).isBetween(150L, 250L);
    }
    assertThatThrownBy(() -> new RandomSampler(5, 3).numSamples(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 0");
    assertThatThrownBy(() -> new RandomSampler(0, 3)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void subset() {
    SubsetRandomSampler sampler = new SubsetRandomSampler(1, 9, 4, 7, 2);
    assertThat(order(sampler, 0)).containsExactlyInAnyOrder(9L, 4L, 7L, 2L);
    assertThat(LongStream.range(0, 20).mapToObj(e -> order(sampler, (int) e)).distinct().count())
        .isGreaterThan(5);
  }

  @Test
  void weighted() {
    double[] weights = {1, 0, 3, 0, 6};
    List<Long> order = order(new WeightedRandomSampler(weights, 10_000, 5), 2);
    for (int i = 0; i < weights.length; i++) {
      long at = i;
      assertThat(order.stream().filter(j -> j == at).count() / 10_000.0)
          .isBetween(weights[i] / 10 - 0.02, weights[i] / 10 + 0.02);
    }
    assertThat(order.stream().filter(j -> j == 1 || j == 3)).isEmpty();
    WeightedRandomSampler unique = new WeightedRandomSampler(weights, 3, 5).noReplacement();
    assertThat(order(unique, 0)).containsExactlyInAnyOrder(0L, 2L, 4L);
    // The first of draws without replacement comes in proportion to the weights.
    WeightedRandomSampler first = new WeightedRandomSampler(weights, 1, 5).noReplacement();
    long heaviest =
        LongStream.range(0, 5000).filter(e -> order(first, (int) e).get(0) == 4).count();
    assertThat(heaviest / 5000.0).isBetween(0.57, 0.63);
    assertThatThrownBy(() -> new WeightedRandomSampler(weights, 4, 5).noReplacement())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot draw 4 different samples: 3 have");
    for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new WeightedRandomSampler(new double[] {1, bad}, 1, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("weight 1 is " + bad);
    }
    assertThatThrownBy(() -> new WeightedRandomSampler(new double[] {0}, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** As PyTorch's: padded by the first of the order, or cut, so that ranks have equally many. */
  @ParameterizedTest
  @CsvSource({"10, 3", "9, 3", "2, 5", "7, 1"})
  void distributed(int size, int world) {
    List<Long> kept = new ArrayList<>();
    List<Long> padded = new ArrayList<>();
    for (int rank = 0; rank < world; rank++) {
      List<Long> mine = order(new DistributedSampler(size, rank, world).noShuffle(), 0);
      for (int i = 0; i < mine.size(); i++) {
        assertThat(mine.get(i)).isEqualTo((i * (long) world + rank) % size);
      }
      padded.addAll(order(new DistributedSampler(size, rank, world).seed(4), 1));
      kept.addAll(order(new DistributedSampler(size, rank, world).seed(4).dropLast(), 1));
    }
    assertThat(padded).hasSize((size + world - 1) / world * world).containsAll(range(size));
    assertThat(kept).hasSize(size / world * world).doesNotHaveDuplicates();
    assertThatThrownBy(() -> new DistributedSampler(size, world, world))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rank " + world + " is not in 0 to " + (world - 1));
  }

  @Test
  void distributedShufflesByEpoch() {
    DistributedSampler sampler = new DistributedSampler(100, 1, 2);
    assertThat(order(sampler, 0)).isNotEqualTo(order(sampler, 1)).isEqualTo(order(sampler, 0));
  }

  @Test
  void batches() {
    BatchSampler kept = BatchSampler.of(new SequentialSampler(7), 3, BatchSampler.LastBatch.KEEP);
    assertThat(kept.size()).isEqualTo(3);
    Iterator<long[]> it = kept.iterator(0);
    assertThat(it.next()).containsExactly(0, 1, 2);
    assertThat(it.next()).containsExactly(3, 4, 5);
    assertThat(it.next()).containsExactly(6);
    assertThat(it.hasNext()).isFalse();
    BatchSampler cut = BatchSampler.of(new SequentialSampler(7), 3, BatchSampler.LastBatch.DROP);
    List<long[]> batches = new ArrayList<>();
    cut.iterator(0).forEachRemaining(batches::add);
    assertThat(batches).hasSize(2).hasSize((int) cut.size());
  }
}
