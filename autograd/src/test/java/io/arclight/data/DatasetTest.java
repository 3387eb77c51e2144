package io.arclight.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DatasetTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Samples from..from+size-1 as numbers. */
  private record Numbers(long from, long size) implements Dataset<Long> {
    @Override
    public Long get(long index) {
      Samples.require(index, size);
      return from + index;
    }
  }

  private static List<Object> all(Dataset<?> dataset) {
    List<Object> out = new ArrayList<>();
    for (long i = 0; i < dataset.size(); i++) {
      out.add(dataset.get(i));
    }
    return out;
  }

  @Test
  void concat() {
    Dataset<Long> all =
        new ConcatDataset<>(
            List.of(
                new Numbers(0, 3),
                new Numbers(9, 0),
                new Numbers(10, 1),
                new Numbers(9, 0),
                new Numbers(20, 2)));
    assertThat(all.size()).isEqualTo(6);
    assertThat(all(all)).isEqualTo(List.of(0L, 1L, 2L, 10L, 20L, 21L));
    assertThat(all(new Numbers(0, 1).concat(new Numbers(5, 2)))).isEqualTo(List.of(0L, 5L, 6L));
    assertThat(all.batch(new long[] {5, 0, 3}).get("0").toLongs()).containsExactly(21, 0, 10);
    assertThatThrownBy(() -> all.get(6))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("sample 6 does not exist: the dataset has 6");
    assertThatThrownBy(() -> all.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new ConcatDataset<Long>(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void chain() {
    List<String> events = new ArrayList<>();
    IterableDataset<Long> one = epoch -> new Source(events, "a", epoch, 2);
    IterableDataset<Long> none = epoch -> new Source(events, "b", 0, 0);
    IterableDataset<Long> two = epoch -> LongStream.range(7, 9).iterator();
    Iterator<Long> it = new ChainDataset<>(List.of(one, none, two)).iterator(5);
    List<Long> out = new ArrayList<>();
    it.forEachRemaining(out::add);
    assertThat(out).containsExactly(5L, 6L, 7L, 8L);
    assertThat(events).containsExactly("open a", "close a", "open b", "close b");
    assertThatThrownBy(it::next).isInstanceOf(NoSuchElementException.class);
  }

  private static final class Source implements Iterator<Long>, AutoCloseable {
    private final List<String> events;
    private final String name;
    private long next;
    private final long end;

    Source(List<String> events, String name, long from, long count) {
      this.events = events;
      this.name = name;
      next = from;
      end = from + count;
      events.add("open " + name);
    }

    @Override
    public boolean hasNext() {
      return next < end;
    }

    @Override
    public Long next() {
      return next++;
    }

    @Override
    public void close() {
      events.add("close " + name);
    }
  }

  @Test
  void stack() {
    StackDataset both = StackDataset.of("x", new Numbers(0, 3), "y", new Numbers(10, 3));
    assertThat(both.get(1)).isEqualTo(Map.of("x", 1L, "y", 11L));
    Batch batch = both.batch(new long[] {2, 0});
    assertThat(batch.get("y").toLongs()).containsExactly(12, 10);
    TensorDataset tensors = TensorDataset.of("a", Tensor.of(1f, 2f, 3f), "b", Tensor.of(4, 5, 6));
    Batch nested = StackDataset.of("x", new Numbers(0, 3), "t", tensors).batch(new long[] {1});
    assertThat(nested.columns().keySet()).containsExactly("x", "t.a", "t.b");
    assertThatThrownBy(() -> StackDataset.of("x", new Numbers(0, 3), "y", new Numbers(0, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("{x=3, y=2}");
  }

  @Test
  void subsetAndSplit() {
    Numbers numbers = new Numbers(100, 10);
    Subset<Long> subset = new Subset<>(numbers, 7, 7, 2);
    assertThat(all(subset)).isEqualTo(List.of(107L, 107L, 102L));
    Batch batch = subset.batch(new long[] {2, 0});
    assertThat(batch.get("0").toLongs()).containsExactly(102, 107);
    assertThat(batch.sampleIds().toLongs()).containsExactly(2, 0);
    assertThatThrownBy(() -> new Subset<>(numbers, 10))
        .isInstanceOf(IndexOutOfBoundsException.class);
    List<Subset<Long>> parts = numbers.randomSplit(3, 7, 0, 3);
    assertThat(parts.stream().map(Subset::size)).containsExactly(7L, 0L, 3L);
    List<Object> together = new ArrayList<>(all(parts.get(0)));
    together.addAll(all(parts.get(2)));
    assertThat(together).containsExactlyInAnyOrderElementsOf(all(numbers));
    assertThat(all(numbers.randomSplit(3, 7, 3).get(0))).isEqualTo(all(parts.get(0)));
    assertThat(all(numbers.randomSplit(4, 7, 3).get(0))).isNotEqualTo(all(parts.get(0)));
    // As PyTorch: rounded down, and the rest to the first ones.
    assertThat(numbers.randomSplit(3, 0.33, 0.33, 0.34).stream().map(Subset::size))
        .containsExactly(4L, 3L, 3L);
    assertThatThrownBy(() -> numbers.randomSplit(3, 7, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[7, 4] add up to 11, but there are 10");
    assertThatThrownBy(() -> numbers.randomSplit(3, 0.5, 0.4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("add up to 0.9");
    assertThatThrownBy(() -> numbers.randomSplit(3, 1.5, -0.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> numbers.randomSplit(3, 11L, -1L))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tensorRowsAreViews() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, Shape.of(2, 2));
    TensorDataset data = TensorDataset.of("x", x, "y", Tensor.of(5L, 6L));
    assertThat(data.get(1).get("x").toFloats()).containsExactly(3, 4);
    assertThat(data.get(1).get("x").storage()).isSameAs(x.storage());
    assertThat(data.get(0).get("y").shape()).isEqualTo(Shape.of());
    assertThat(data.batch(new long[0]).get("x").shape()).isEqualTo(Shape.of(0, 2));
    assertThatThrownBy(() -> data.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  private record Digit(float[] pixels, int label, Map<String, Object> more) {}

  @Test
  void collateRecords() {
    List<Digit> digits =
        List.of(
            new Digit(new float[] {1, 2}, 7, Map.of("w", 0.5)),
            new Digit(new float[] {3, 4}, 8, Map.of("w", 1.5)));
    Batch batch = Collate.batch(digits, new long[] {4, 9});
    assertThat(batch.columns().keySet()).containsExactly("pixels", "label", "more.w");
    assertThat(batch.get("pixels").shape()).isEqualTo(Shape.of(2, 2));
    assertThat(batch.get("label").dtype()).isEqualTo(DType.INT64);
    assertThat(batch.get("more.w").dtype()).isEqualTo(DType.FLOAT64);
    assertThat(batch.sampleIds().toLongs()).containsExactly(4, 9);
  }

  @Test
  void collateAsPyTorch() {
    Tensor stacked = (Tensor) Collate.defaultCollate(List.of(Tensor.of(1f, 2f), Tensor.of(3f, 4f)));
    assertThat(stacked.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(Collate.defaultCollate(List.of("a", "b"))).isEqualTo(List.of("a", "b"));
    assertThat(((Tensor) Collate.defaultCollate(List.of(1, 2L, (byte) 3))).toLongs())
        .containsExactly(1, 2, 3);
    assertThat(((Tensor) Collate.defaultCollate(List.of(1f, 2f))).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(((Tensor) Collate.defaultCollate(List.of(1.0, 2.0))).dtype())
        .isEqualTo(DType.FLOAT64);
    assertThat(((Tensor) Collate.defaultCollate(List.of(true, false))).dtype())
        .isEqualTo(DType.BOOL);
    List<?> transposed =
        (List<?>) Collate.defaultCollate(List.of(List.of(1, "a"), List.of(2, "b")));
    assertThat(((Tensor) transposed.get(0)).toLongs()).containsExactly(1, 2);
    assertThat(transposed.get(1)).isEqualTo(List.of("a", "b"));
    Map<?, ?> maps =
        (Map<?, ?>)
            Collate.defaultCollate(
                List.of(Map.of("x", Map.of("y", 1)), Map.of("x", Map.of("y", 2))));
    assertThat(((Tensor) ((Map<?, ?>) maps.get("x")).get("y")).toLongs()).containsExactly(1, 2);
  }

  private static void refused(List<?> samples, String... parts) {
    assertThatThrownBy(() -> Collate.batch(samples, new long[samples.size()]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void collateSaysWhereSamplesDiffer() {
    refused(
        List.of(Map.of("x", new float[2]), Map.of("x", new float[3])),
        "shape at 'x'",
        "[2]",
        "sample 1 [3]");
    refused(List.of(Map.of("x", 1), Map.of("y", 1)), "[x] and [y]");
    refused(List.of(List.of(1), List.of(1, 2)), "lists of 1 and 2");
    refused(List.of(1, "a"), "sample 0", "Number", "sample 1 of String");
    refused(Arrays.asList(1, null), "sample 1 is null");
    refused(Arrays.asList(null, 1), "cannot collate null");
    refused(List.of(), "no samples");
    refused(List.of(new Object()), "cannot collate java.lang.Object");
    refused(List.of(Map.of("t", "a")), "'t' is text", "Collate::defaultCollate");
    refused(List.of(1, 2.5), "java.lang.Double");
  }
}
