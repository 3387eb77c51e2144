package io.arclight.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.Context;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.LeakDetector;
import io.arclight.tensor.memory.Memory;
import io.arclight.tensor.memory.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DataLoaderWorkersTest {

  /** Samples that a function makes. */
  private record Made<T>(long size, LongFunction<T> make) implements Dataset<T> {
    @Override
    public T get(long index) {
      return make.apply(index);
    }
  }

  private static Made<Map<String, Tensor>> noisy(int n) {
    return new Made<>(
        n,
        i -> {
          pause(i % 3);
          return Map.of("x", Tensor.rand(Shape.of(3)).add(i));
        });
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Thread> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("arclight-data") && t.isAlive())
        .toList();
  }

  /** No worker outlives what it was made for. */
  @AfterEach
  void noThreads() throws InterruptedException {
    for (Thread worker : workers()) {
      worker.join(5000);
    }
    assertThat(workers()).isEmpty();
    assertThat(Scope.current()).isNull();
  }

  private static List<List<Float>> values(DataLoader<Batch> loader, int epoch) {
    List<List<Float>> out = new ArrayList<>();
    try (Epoch<Batch> batches = loader.epoch(epoch)) {
      for (Batch batch : batches) {
        assertThat(Context.current().sampleRandom().sampleIds()).isSameAs(batch.sampleIds());
        List<Float> floats = new ArrayList<>();
        for (float value : batch.get("x").toFloats()) {
          floats.add(value);
        }
        out.add(floats);
      }
    }
    return out;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void sameWhateverTheNumberOfWorkers(int workers) {
    List<List<Float>> expected = values(DataLoader.of(noisy(20), 3).shuffle(5), 1);
    assertThat(expected).hasSize(7);
    assertThat(values(DataLoader.of(noisy(20), 3).shuffle(5).workers(workers), 1))
        .isEqualTo(expected);
    DataLoader<Batch> dropped = DataLoader.of(noisy(20), 3).shuffle(5).workers(workers).dropLast();
    assertThat(values(dropped, 1)).isEqualTo(expected.subList(0, 6));
    try (DataLoader<Batch> persistent =
        DataLoader.of(noisy(20), 3).shuffle(5).workers(workers).persistentWorkers()) {
      List<List<Float>> zero = values(persistent, 0);
      assertThat(values(persistent, 1)).isEqualTo(expected).isNotEqualTo(zero);
      assertThat(workers()).hasSize(workers);
      assertThat(values(persistent, 0)).isEqualTo(zero);
    }
    Tensor rows = Tensor.arange(20).reshape(20, 1);
    TensorDataset table = TensorDataset.of("x", rows, "y", rows);
    assertThat(values(DataLoader.of(table, 3).workers(workers), 0))
        .isEqualTo(values(DataLoader.of(table, 3), 0));
  }

  @Test
  void anyOrderGivesAllBatches() {
    DataLoader<Batch> loader = DataLoader.of(noisy(20), 3).workers(3).anyOrder();
    assertThat(values(loader, 0))
        .containsExactlyInAnyOrderElementsOf(values(DataLoader.of(noisy(20), 3), 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4})
  void streams(int workers) {
    AtomicInteger closed = new AtomicInteger();
    IterableDataset<Tensor> stream =
        epoch ->
            new Closing<>(
                LongStream.range(0, 10).mapToObj(i -> Tensor.of(i + 100L * epoch)).iterator(),
                closed);
    DataLoader<Batch> loader = DataLoader.of(stream, 4).workers(workers);
    List<Long> out = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    try (Epoch<Batch> batches = loader.epoch(2)) {
      for (Batch batch : batches) {
        assertThat(batch.get("0").rank()).isEqualTo(2);
        LongStream.of(batch.get("0").toLongs()).forEach(out::add);
        LongStream.of(batch.sampleIds().toLongs()).forEach(ids::add);
      }
    }
    assertThat(out).isEqualTo(LongStream.range(200, 210).boxed().toList());
    assertThat(ids).isEqualTo(LongStream.range(0, 10).boxed().toList());
    assertThat(closed.get()).isEqualTo(1);
    assertThatThrownBy(loader::steps).isInstanceOf(UnsupportedOperationException.class);
    int count = 0;
    try (Epoch<Batch> batches = DataLoader.of(stream, 4).workers(workers).dropLast().epoch(0)) {
      for (Batch batch : batches) {
        assertThat(batch.rows()).isEqualTo(4);
        count++;
      }
    }
    assertThat(count).isEqualTo(2);
    List<Tensor> single = new ArrayList<>();
    try (Epoch<Tensor> samples = DataLoader.unbatched(stream).workers(workers).epoch(0)) {
      for (Tensor sample : samples) {
        assertThat(sample.toLongs()).containsExactly(single.size());
        single.add(sample);
      }
    }
    assertThat(single).hasSize(10).allMatch(t -> t.storage().isClosed());
  }

  private record Closing<T>(Iterator<T> inner, AtomicInteger closed)
      implements Iterator<T>, AutoCloseable {
    @Override
    public boolean hasNext() {
      return inner.hasNext();
    }

    @Override
    public T next() {
      return inner.next();
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private record Pair(Tensor x, List<String> names) {}

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void collateFunctionsAndSamplers(int workers) {
    Made<Integer> numbers = new Made<>(10, i -> (int) i);
    DataLoader<Pair> loader =
        DataLoader.<Integer, Pair>of(
                numbers,
                4,
                list ->
                    new Pair(
                        Tensor.of(list.stream().mapToLong(i -> i).toArray(), Shape.of(list.size())),
                        list.stream().map(i -> "n" + i).toList()))
            .sampler(new SubsetRandomSampler(3, 5, 6, 7))
            .workers(workers);
    List<Pair> pairs = new ArrayList<>();
    try (Epoch<Pair> batches = loader.epoch(0)) {
      for (Pair pair : batches) {
        assertThat(pair.names()).hasSize(3);
        assertThat(pair.x().toLongs()).containsExactlyInAnyOrder(5, 6, 7);
        assertThat(Context.current().sampleRandom().sampleIds().toLongs())
            .isEqualTo(pair.x().toLongs());
        pairs.add(pair);
      }
    }
    assertThat(pairs).hasSize(1).allMatch(p -> p.x().storage().isClosed());
    BatchSampler odd =
        new BatchSampler() {
          @Override
          public long size() {
            return 2;
          }

          @Override
          public Iterator<long[]> iterator(int epoch) {
            return List.of(new long[] {1, 3}, new long[] {epoch}).iterator();
          }
        };
    List<long[]> ids = new ArrayList<>();
    try (Epoch<Batch> batches = DataLoader.of(numbers, odd).workers(workers).epoch(8)) {
      batches.forEach(batch -> ids.add(batch.get("0").toLongs()));
    }
    assertThat(ids).containsExactly(new long[] {1, 3}, new long[] {8});
    assertThatThrownBy(() -> DataLoader.of(numbers, odd).shuffle(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("BatchSampler");
    assertThatThrownBy(() -> DataLoader.of(numbers, odd).dropLast())
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** What belongs to the data set stays, though batches show it. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void viewsOfTheDataSetStayOpen(int workers) {
    Tensor x = Tensor.arange(6).reshape(6, 1);
    TensorDataset table = TensorDataset.of("x", x, "y", x);
    for (int epoch = 0; epoch < 2; epoch++) {
      try (Epoch<List<Map<String, Tensor>>> batches =
          DataLoader.of(table, 2, list -> list).workers(workers).epoch(epoch)) {
        for (List<Map<String, Tensor>> rows : batches) {
          assertThat(rows.get(0).get("x").storage()).isSameAs(x.storage());
        }
      }
    }
    assertThat(x.toLongs()).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void errorsNameTheSampleInTheirPlace(int workers) {
    Made<Integer> broken =
        new Made<>(
            30,
            i -> {
              pause(i % 2);
              if (i >= 17) {
                throw new IllegalStateException("broken image");
              }
              return (int) i;
            });
    List<Long> seen = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              try (Epoch<Batch> batches = DataLoader.of(broken, 4).workers(workers).epoch(0)) {
                batches.forEach(b -> LongStream.of(b.get("0").toLongs()).forEach(seen::add));
              }
            })
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("sample 17: java.lang.IllegalStateException: broken image")
        .hasCauseInstanceOf(IllegalStateException.class)
        .satisfies(e -> assertThat(((SampleException) e).index()).isEqualTo(17));
    assertThat(seen).isEqualTo(LongStream.range(0, 16).boxed().toList());
    IterableDataset<Long> stream = epoch -> LongStream.range(0, 9).map(i -> 1 / (5 - i)).iterator();
    assertThatThrownBy(
            () -> {
              try (Epoch<Batch> batches = DataLoader.of(stream, 2).workers(workers).epoch(0)) {
                batches.forEach(b -> {});
              }
            })
        .isInstanceOf(SampleException.class)
        .hasMessageContaining("sample 5: java.lang.ArithmeticException");
  }

  @Test
  void otherErrorsOfWorkersNameTheBatch() {
    Made<Object> ragged = new Made<>(8, i -> Map.of("x", new float[(int) (i / 7) + 1]));
    assertThatThrownBy(() -> values(DataLoader.of(ragged, 2).workers(2), 0))
        .isInstanceOf(DataLoaderException.class)
        .hasMessageContainingAll("batch 3 of samples [6, 7]", "shape at 'x'")
        .hasCauseInstanceOf(IllegalArgumentException.class);
    DataLoader<Batch> init =
        DataLoader.of(noisy(8), 2)
            .workers(2)
            .workerInit(
                info -> {
                  throw new IllegalStateException("no disk");
                });
    assertThatThrownBy(() -> values(init, 0))
        .isInstanceOf(DataLoaderException.class)
        .hasMessageContaining("workerInit failed: java.lang.IllegalStateException: no disk");
  }

  @Test
  void workersAreInitialisedOnce() {
    Set<WorkerInfo> started = ConcurrentHashMap.newKeySet();
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Made<Integer> numbers =
        new Made<>(
            12,
            i -> {
              seen.add(WorkerInfo.current().orElseThrow() + Thread.currentThread().getName());
              return (int) i;
            });
    AtomicInteger calls = new AtomicInteger();
    try (DataLoader<Batch> loader =
        DataLoader.of(numbers, 2)
            .workers(3)
            .persistentWorkers()
            .workerInit(
                info -> {
                  calls.incrementAndGet();
                  started.add(info);
                })) {
      for (int epoch = 0; epoch < 3; epoch++) {
        try (Epoch<Batch> batches = loader.epoch(epoch)) {
          batches.forEach(b -> {});
        }
      }
    }
    assertThat(calls.get()).isEqualTo(3);
    assertThat(started)
        .containsExactlyInAnyOrder(
            new WorkerInfo(0, 3), new WorkerInfo(1, 3), new WorkerInfo(2, 3));
    assertThat(seen)
        .isSubsetOf(
            "WorkerInfo[id=0, workers=3]arclight-data-0",
            "WorkerInfo[id=1, workers=3]arclight-data-1",
            "WorkerInfo[id=2, workers=3]arclight-data-2");
    assertThat(WorkerInfo.current()).isEmpty();
  }

  @Test
  void madeAheadUpToTheLimit() throws InterruptedException {
    AtomicInteger begun = new AtomicInteger();
    Made<Integer> numbers = new Made<>(100, i -> begun.incrementAndGet());
    DataLoader<Batch> loader = DataLoader.of(numbers, 1).workers(2).prefetchFactor(3);
    try (Epoch<Batch> batches = loader.epoch(0)) {
      Iterator<Batch> it = batches.iterator();
      it.next();
      for (int i = 0; i < 100 && begun.get() < 7; i++) {
        Thread.sleep(10);
      }
      Thread.sleep(50);
      assertThat(begun.get()).isEqualTo(7);
    }
  }

  @Test
  void leavingEarlyFreesAll() {
    Memory.collect();
    long before = Memory.liveBytes();
    for (int round = 0; round < 5; round++) {
      DataLoader<Batch> loader = DataLoader.of(noisy(50), 2).workers(3);
      try (Epoch<Batch> batches = loader.epoch(0)) {
        for (Batch batch : batches) {
          assertThat(batch.rows()).isEqualTo(2);
          break;
        }
      }
      try (Epoch<Batch> batches = loader.epoch(0)) {
        assertThat(batches.steps()).isEqualTo(25);
      }
    }
    // Threads that have ended had a block of arguments each, which the collector finds.
    for (int i = 0; i < 100 && Memory.liveBytes() > before; i++) {
      pause(10);
      Memory.collect();
    }
    assertThat(Memory.liveBytes()).isEqualTo(before);
  }

  @Test
  void forgottenEpochsEnd() throws InterruptedException {
    forget();
    for (int i = 0; i < 100 && !workers().isEmpty(); i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(workers()).isEmpty();
  }

  private static void forget() {
    assertThat(DataLoader.of(noisy(50), 2).workers(2).epoch(0).steps()).isEqualTo(25);
  }

  @Test
  void timeout() {
    CountDownLatch never = new CountDownLatch(1);
    Made<Integer> hangs =
        new Made<>(
            4,
            i -> {
              try {
                assertThat(i < 2 || never.await(2, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return (int) i;
            });
    DataLoader<Batch> loader = DataLoader.of(hangs, 2).workers(1).timeout(Duration.ofMillis(100));
    assertThatThrownBy(
            () -> {
              try (Epoch<Batch> batches = loader.epoch(0)) {
                batches.forEach(b -> {});
              }
            })
        .isInstanceOf(DataLoaderException.class)
        .hasMessageContainingAll("no batch within PT0.1S", "batch 1 of epoch 0");
  }

  @Test
  void optionsThatDoNotGoTogether() {
    Made<Integer> numbers = new Made<>(4, i -> (int) i);
    assertThatThrownBy(() -> DataLoader.of(numbers, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not 0");
    assertThatThrownBy(() -> DataLoader.of(numbers, 1).shuffle(1).sampler(new SequentialSampler(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("exclude");
    assertThatThrownBy(() -> DataLoader.of(numbers, 1).timeout(Duration.ofSeconds(1)).epoch(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("workers(n)");
    assertThatThrownBy(() -> DataLoader.of(numbers, 1).workers(-1))
        .isInstanceOf(IllegalArgumentException.class);
    IterableDataset<Long> stream = epoch -> LongStream.range(0, 9).iterator();
    assertThatThrownBy(() -> DataLoader.of(stream, 1).shuffle(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stream");
    try (DataLoader<Batch> loader = DataLoader.of(numbers, 1).workers(1).persistentWorkers();
        Epoch<Batch> first = loader.epoch(0)) {
      assertThat(first.steps()).isEqualTo(4);
      assertThatThrownBy(() -> loader.epoch(1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("still open");
    }
  }

  @Test
  void emptyDataset() {
    Made<Integer> none = new Made<>(0, i -> 1);
    assertThat(values(DataLoader.of(none, 3).shuffle(1).workers(2), 0)).isEmpty();
    assertThat(DataLoader.of(none, 3).steps()).isZero();
    assertThat(LeakDetector.level()).isEqualTo(LeakDetector.Level.ALL);
  }
}
