package io.arclight.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.LeakDetector;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DataLoaderTest {

  private static TensorDataset numbers(int n) {
    return TensorDataset.of("x", Tensor.arange(n).reshape(n, 1).mul(10), "y", Tensor.arange(n));
  }

  private static List<Long> order(DataLoader<Batch> loader, int epoch) {
    List<Long> out = new ArrayList<>();
    try (Epoch<Batch> batches = loader.epoch(epoch)) {
      for (Batch batch : batches) {
        long[] ids = batch.sampleIds().toLongs();
        assertThat(batch.get("x").toLongs()).isEqualTo(batch.get("y").mul(10).toLongs());
        assertThat(batch.get("y").toLongs()).isEqualTo(ids);
        assertThat(Context.current().sampleRandom().sampleIds()).isSameAs(batch.sampleIds());
        for (long id : ids) {
          out.add(id);
        }
      }
    }
    assertThat(Scope.current()).isNull();
    assertThat(Context.current().sampleRandom()).isNull();
    return out;
  }

  @Test
  void inOrder() {
    DataLoader<Batch> loader = DataLoader.of(numbers(10), 4);
    assertThat(loader.steps()).isEqualTo(3);
    assertThat(order(loader, 0)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(order(loader.dropLast(), 0)).hasSize(8);
  }

  @Test
  void shuffledBySeedAndEpoch() {
    DataLoader<Batch> loader = DataLoader.of(numbers(100), 7).shuffle(3);
    List<Long> first = order(loader, 0);
    assertThat(first).hasSize(100).doesNotHaveDuplicates();
    assertThat(order(DataLoader.of(numbers(100), 7).shuffle(3), 0)).isEqualTo(first);
    assertThat(order(loader, 1)).isNotEqualTo(first);
    assertThat(order(DataLoader.of(numbers(100), 7).shuffle(4), 0)).isNotEqualTo(first);
  }

  @Test
  void leavingEarlyClosesTheStep() {
    try (Epoch<Batch> batches = DataLoader.of(numbers(10), 4).epoch(0)) {
      for (Batch unusedBatch : batches) {
        break;
      }
    }
    assertThat(Scope.current()).isNull();
  }

  /** One batch of a loop that is left, in a frame that is gone afterwards. */
  private static Tensor left(DataLoader<Batch> loader) {
    for (Batch batch : loader.epoch(0)) {
      assertThat(Context.current().sampleRandom()).isNotNull();
      return batch.get("x");
    }
    throw new AssertionError("no batch");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void anEpochThatIsLeftEndsWithTheGarbageCollector(int workers) throws InterruptedException {
    DataLoader<Batch> loader = DataLoader.of(numbers(10), 4).workers(workers);
    long leaks = LeakDetector.leaks();
    Tensor x = left(loader);
    assertThat(Scope.current()).isNotNull();
    for (int i = 0; i < 500 && Scope.current() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(Scope.current()).isNull();
    assertThat(LeakDetector.leaks()).isEqualTo(leaks + 1);
    assertThat(Context.current().sampleRandom()).isNull();
    assertThat(x.dim(0)).isEqualTo(4);
    assertThat(x.sum().item()).isFinite();
  }

  @Test
  void aScopeAroundAnEpochThatIsLeftClosesAsEver() throws InterruptedException {
    DataLoader<Batch> loader = DataLoader.of(numbers(10), 4);
    Tensor x;
    try (Scope around = Scope.open()) {
      x = left(loader);
      Scope step = Scope.current();
      for (int i = 0; i < 500 && Scope.current() == step; i++) {
        System.gc();
        Thread.sleep(20);
      }
      assertThat(Scope.current()).isSameAs(around);
    }
    assertThat(x.sum().item()).isFinite();
  }

  @Test
  void errorsNameWhatThereIs() {
    try (Scope scope = Scope.open()) {
      Batch batch = numbers(3).batch(new long[] {0, 2});
      assertThat(batch.rows()).isEqualTo(2);
      assertThatThrownBy(() -> batch.get("z"))
          .isInstanceOf(NoSuchElementException.class)
          .hasMessageContaining("x int64 [2, 1], y int64 [2]");
      assertThatThrownBy(() -> numbers(3).batch(new long[] {3}))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining("3");
      assertThatThrownBy(() -> new Batch(Map.of("x", Tensor.zeros(Shape.of(3))), Tensor.of(1L, 2L)))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("2 rows");
    }
  }
}
