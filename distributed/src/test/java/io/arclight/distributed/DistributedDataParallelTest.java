package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.amp.Autocast;
import io.arclight.autograd.Autograd;
import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.nn.Reduction;
import io.arclight.optim.AdamW;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DistributedDataParallelTest {
  private static final int INPUTS = 7;
  private static final int CLASSES = 4;
  private static final DataParallelSettings SMALL_BUCKETS =
      DataParallelSettings.defaults().withBucketBytes(64, 256);

  /** Uses its side branch only for batches of an even number of rows, its spare part never. */
  private static final class Mlp extends Layer {
    private final Linear first = register("first", new Linear(INPUTS, 16));
    private final Linear side = register("side", new Linear(16, 16));
    private final Linear last = register("last", new Linear(16, CLASSES));

    Mlp(long seed) {
      register("spare", new Linear(2, 2));
      Random random = new Random(seed);
      try (var mode = Autograd.noGrad()) {
        for (Tensor parameter : parameters()) {
          parameter.copyInPlace(values(random, parameter.shape()));
        }
      }
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor hidden = first.call(x).relu();
      return last.call(x.dim(0) % 2 == 0 ? side.call(hidden) : hidden);
    }
  }

  private static Tensor values(Random random, Shape shape) {
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 3;
    }
    return Tensor.of(values, shape);
  }

  private static Tensor inputs(int rank, int rows) {
    return values(new Random(100 + rank), Shape.of(rows, INPUTS));
  }

  private static Tensor targets(int rank, int rows) {
    long[] classes = new Random(200 + rank).longs(rows, 0, CLASSES).toArray();
    return Tensor.of(classes, Shape.of(rows));
  }

  private static List<float[]> gradients(Layer layer) {
    List<float[]> gradients = new ArrayList<>();
    for (Tensor parameter : layer.parameters()) {
      gradients.add(parameter.grad() == null ? null : parameter.grad().toFloats());
    }
    return gradients;
  }

  /** What one process gives for the mean over all samples, branches taken as the ranks did. */
  private static List<float[]> expected(int... rows) {
    Mlp model = new Mlp(0);
    int total = 0;
    for (int count : rows) {
      total += count;
    }
    for (int rank = 0; rank < rows.length; rank++) {
      if (rows[rank] > 0) {
        CrossEntropyLoss loss = new CrossEntropyLoss().reduction(Reduction.SUM);
        loss.forward(model.call(inputs(rank, rows[rank])), targets(rank, rows[rank]))
            .mul(1.0 / total)
            .backward();
      }
    }
    return gradients(model);
  }

  private static void assertClose(List<float[]> actual, List<float[]> expected) {
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i) == null) {
        assertThat(actual.get(i)).as("parameter %d", i).isNull();
      } else {
        assertThat(actual.get(i))
            .as("parameter %d", i)
            .containsExactly(expected.get(i), Offset.offset(2e-6f));
      }
    }
  }

  private static List<float[]> step(Communicator group, Reduction reduction, int... rows) {
    DataParallelSettings settings = SMALL_BUCKETS.withLoss(reduction);
    try (Scope scope = Scope.open();
        DistributedDataParallel model =
            new DistributedDataParallel(new Mlp(group.rank()), group, settings)) {
      int count = rows[group.rank()];
      Tensor output = model.call(inputs(group.rank(), count));
      CrossEntropyLoss loss = new CrossEntropyLoss().reduction(reduction);
      loss.forward(output, targets(group.rank(), count)).backward();
      return gradients(model);
    }
  }

  @Test
  void gradientsAreTheMeanOverTheSamplesOfAllRanks() throws Exception {
    for (Reduction reduction : List.of(Reduction.MEAN, Reduction.SUM)) {
      List<List<float[]>> results = Ranks.inProcess(3, group -> step(group, reduction, 5, 2, 9));
      for (List<float[]> result : results) {
        assertClose(result, expected(5, 2, 9));
      }
    }
  }

  /** Every rank opens a region of its own; gradients travel in float32. */
  @Test
  void lowerPrecisionOnEveryRank() throws Exception {
    List<List<float[]>> results =
        Ranks.inProcess(
            3,
            group -> {
              try (Context.Restore mode = Autocast.autocast(DType.BFLOAT16)) {
                return step(group, Reduction.MEAN, 5, 2, 9);
              }
            });
    List<float[]> wide = expected(5, 2, 9);
    boolean differs = false;
    for (int i = 0; i < wide.size(); i++) {
      for (List<float[]> result : results) {
        assertThat(result.get(i)).isEqualTo(results.get(0).get(i));
      }
      if (wide.get(i) != null) {
        assertThat(results.get(0).get(i)).containsExactly(wide.get(i), Offset.offset(0.05f));
        differs |= !Arrays.equals(results.get(0).get(i), wide.get(i));
      }
    }
    assertThat(differs).isTrue();
  }

  @Test
  void aRankWithoutSamplesHasNoWeight() throws Exception {
    for (List<float[]> result : Ranks.inProcess(3, group -> step(group, Reduction.MEAN, 5, 0, 3))) {
      assertClose(result, expected(5, 0, 3));
    }
  }

  @Test
  void aRankMayJoinWithoutABackward() throws Exception {
    List<List<float[]>> results =
        Ranks.inProcess(
            3,
            group -> {
              if (group.rank() != 1) {
                return step(group, Reduction.MEAN, 5, 0, 4);
              }
              try (DistributedDataParallel model =
                  new DistributedDataParallel(new Mlp(1), group, SMALL_BUCKETS)) {
                model.join();
                return gradients(model);
              }
            });
    for (List<float[]> result : results) {
      assertClose(result, expected(5, 0, 4));
    }
  }

  @Test
  void theRingGivesTheBitsOfTheReference() throws Exception {
    Ranks.RankBody<List<float[]>> body = group -> step(group, Reduction.MEAN, 5, 2, 9);
    List<List<float[]>> expected = Ranks.inProcess(3, body);
    List<List<float[]>> actual = Rings.run(3, Rings.SETTINGS, body);
    for (int rank = 0; rank < 3; rank++) {
      for (int i = 0; i < expected.get(rank).size(); i++) {
        assertThat(actual.get(rank).get(i)).isEqualTo(expected.get(rank).get(i));
      }
    }
  }

  @Test
  void oneRankGivesWhatTheLayerAloneGives() throws Exception {
    Mlp alone = new Mlp(0);
    new CrossEntropyLoss().forward(alone.call(inputs(0, 6)), targets(0, 6)).backward();
    List<float[]> result = Ranks.inProcess(1, group -> step(group, Reduction.MEAN, 6)).get(0);
    for (int i = 0; i < result.size(); i++) {
      assertThat(result.get(i)).isEqualTo(gradients(alone).get(i));
    }
  }

  /** The last gradient waits for the first bucket to arrive: without overlap this never ends. */
  @Test
  void theFirstBucketIsSentBeforeTheLastGradientExists() throws Exception {
    int depth = 8;
    DataParallelSettings settings =
        DataParallelSettings.defaults().withBucketBytes(64 * 64 * 4, 64 * 64 * 4);
    Rings.run(
        3,
        Rings.SETTINGS,
        group -> {
          try (Scope scope = Scope.open();
              DistributedDataParallel model =
                  new DistributedDataParallel(new Stack(depth), group, settings)) {
            model
                .parameters()
                .get(0)
                .registerHook(
                    grad -> {
                      while (firstReduction(group).state() != FlightRecord.State.COMPLETED) {
                        Thread.onSpinWait();
                      }
                      return null;
                    });
            model.call(values(new Random(1), Shape.of(64, 64))).sum().backward();
          }
          List<FlightRecord.Entry> entries = group.flightRecord().entries();
          int last = labels(entries).indexOf("last gradient ready");
          assertThat(entries.subList(0, last))
              .filteredOn(entry -> entry.operation() == Operation.ALL_REDUCE)
              .hasSize(depth - 1);
          assertThat(firstReduction(group).finishedNanos())
              .isLessThan(entries.get(last).issuedNanos());
          return null;
        });
  }

  private static FlightRecord.Entry firstReduction(Communicator group) {
    return group.flightRecord().entries().stream()
        .filter(entry -> entry.operation() == Operation.ALL_REDUCE)
        .findFirst()
        .orElseThrow();
  }

  private static List<String> labels(List<FlightRecord.Entry> entries) {
    return entries.stream().map(FlightRecord.Entry::label).toList();
  }

  /** Linear layers of 64 by 64 without bias, one after the other. */
  private static final class Stack extends Layer {
    private final List<Linear> layers = new ArrayList<>();

    Stack(int depth) {
      for (int i = 0; i < depth; i++) {
        layers.add(register("layer" + i, Linear.of(64, 64).noBias()));
      }
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor out = x;
      for (Linear layer : layers) {
        out = layer.call(out);
      }
      return out;
    }
  }

  @Test
  void noSyncAccumulatesUntilTheNextBackward() throws Exception {
    List<List<float[]>> results =
        Ranks.inProcess(
            3,
            group -> {
              int rank = group.rank();
              CrossEntropyLoss loss = new CrossEntropyLoss().reduction(Reduction.SUM);
              DataParallelSettings settings = SMALL_BUCKETS.withLoss(Reduction.SUM);
              try (DistributedDataParallel model =
                  new DistributedDataParallel(new Mlp(rank), group, settings)) {
                long before = reductions(group);
                try (var quiet = model.noSync()) {
                  loss.forward(model.call(inputs(rank, 4)), targets(rank, 4)).backward();
                }
                assertThat(reductions(group)).isEqualTo(before);
                loss.forward(model.call(inputs(rank + 3, 3)), targets(rank + 3, 3)).backward();
                assertThat(reductions(group)).isGreaterThan(before);
                return gradients(model);
              }
            });
    for (List<float[]> result : results) {
      assertClose(result, expected(4, 4, 4, 3, 3, 3));
    }
  }

  private static long reductions(Communicator group) {
    return group.flightRecord().entries().stream()
        .filter(e -> e.operation() == Operation.ALL_REDUCE)
        .count();
  }

  @Test
  void trainingKeepsTheRanksEqual() throws Exception {
    List<List<byte[]>> results =
        Rings.run(
            3,
            Rings.SETTINGS,
            group -> {
              try (DistributedDataParallel model =
                  new DistributedDataParallel(
                      new Mlp(group.rank()), group, SMALL_BUCKETS.withCheckEvery(1))) {
                AdamW optimizer = new AdamW(model.parameters(), 1e-2);
                for (int step = 0; step < 20; step++) {
                  try (Scope scope = Scope.open()) {
                    optimizer.zeroGrad();
                    int rows = (step + group.rank()) % 4;
                    Tensor output = model.call(inputs(step, rows));
                    new CrossEntropyLoss().forward(output, targets(step, rows)).backward();
                    optimizer.step();
                  }
                }
                model.requireEqualParameters();
                List<byte[]> values = new ArrayList<>();
                for (Tensor parameter : model.parameters()) {
                  byte[] bytes = new byte[(int) parameter.elements() * 4];
                  HostMemory.copy(parameter.address(), bytes, 0, bytes.length);
                  values.add(bytes);
                }
                return values;
              }
            });
    for (int i = 0; i < results.get(0).size(); i++) {
      assertThat(results.get(1).get(i)).isEqualTo(results.get(0).get(i));
      assertThat(results.get(2).get(i)).isEqualTo(results.get(0).get(i));
    }
  }

  @Test
  void parametersThatHaveDriftedApartAreNamed() throws Exception {
    List<Object> outcomes;
    List<Communicator> groups = InProcessCommunicator.group(3);
    outcomes =
        Ranks.outcomes(
            3,
            rank -> {
              try (DistributedDataParallel model =
                  new DistributedDataParallel(new Mlp(rank), groups.get(rank))) {
                model.requireEqualParameters();
                if (rank == 2) {
                  try (var mode = Autograd.noGrad()) {
                    model.parameters().get(2).narrow(0, 0, 1).mulInPlace(1.0001);
                  }
                }
                model.requireEqualParameters();
                return null;
              }
            });
    assertThat(outcomes).hasOnlyElementsOfType(ParameterMismatchException.class);
    assertThat((Throwable) outcomes.get(0))
        .hasMessageContaining("parameter side.weight has different values on the ranks")
        .hasMessageContaining("rank 2: ");
  }

  @Test
  void otherDevicesGoThroughHostMemory() throws Exception {
    List<List<float[]>> results =
        Ranks.inProcess(
            3,
            group -> {
              int rank = group.rank();
              Mlp mlp = new Mlp(rank);
              mlp.to(Device.QUEUE);
              try (DistributedDataParallel model =
                  new DistributedDataParallel(mlp, group, SMALL_BUCKETS)) {
                Tensor output = model.call(inputs(rank, 3).to(Device.QUEUE));
                new CrossEntropyLoss()
                    .forward(output, targets(rank, 3).to(Device.QUEUE))
                    .backward();
                return gradients(model);
              }
            });
    for (List<float[]> result : results) {
      assertClose(result, expected(3, 3, 3));
    }
  }

  @Test
  void tensorOperations() throws Exception {
    Rings.run(
        3,
        Rings.SETTINGS,
        group -> {
          int rank = group.rank();
          Tensor x = Tensor.of(new float[] {rank, 1, 2}, Shape.of(3));
          group.allReduce(x, ReduceOp.SUM).await();
          assertThat(x.toFloats()).containsExactly(3, 3, 6);
          Tensor all = Tensor.empty(Shape.of(3, 2), DType.INT64, Device.QUEUE);
          group.allGather(Tensor.of(rank, 10L + rank).to(Device.QUEUE), all).await();
          assertThat(all.toLongs()).containsExactly(0, 10, 1, 11, 2, 12);
          Work work;
          Tensor flags = Tensor.of(rank == 1, true).keep();
          try (Scope scope = Scope.open()) {
            work = group.broadcast(flags, 1);
          }
          work.await();
          assertThat(flags.toDoubles()).containsExactly(1, 1);
          assertThatThrownBy(() -> group.allGather(x, x))
              .hasMessageContaining("allGather: output of shape [3] is not 3 parts of shape [3]");
          assertThatThrownBy(() -> group.broadcast(Tensor.zeros(Shape.of(2, 3)).t(), 0))
              .hasMessageContaining("not contiguous");
          return null;
        });
  }

  @Test
  void bucketsAreAPureFunctionOfTheParameters() {
    List<Tensor> parameters =
        List.of(
            Tensor.zeros(Shape.of(100)),
            Tensor.zeros(Shape.of(10), DType.FLOAT64),
            Tensor.zeros(Shape.of(60)),
            Tensor.zeros(Shape.of(5)));
    BucketLayout layout = BucketLayout.of(parameters, 200, 1000);
    assertThat(layout).isEqualTo(BucketLayout.of(parameters, 200, 1000));
    assertThat(layout.buckets())
        .containsExactly(
            new BucketLayout.Bucket(
                DType.FLOAT32,
                65,
                List.of(new BucketLayout.Slot(3, 0), new BucketLayout.Slot(2, 5))),
            new BucketLayout.Bucket(DType.FLOAT32, 100, List.of(new BucketLayout.Slot(0, 0))),
            new BucketLayout.Bucket(DType.FLOAT64, 10, List.of(new BucketLayout.Slot(1, 0))));
  }

  /** A BatchNorm, frozen weights, and buffers of other types that a forward changes, or not. */
  private static final class Normed extends Layer {
    private final BatchNorm1d norm = register("norm", new BatchNorm1d(INPUTS));
    private final Linear frozen = register("frozen", new Linear(INPUTS, CLASSES));
    private final Tensor seen = registerBuffer("seen", Tensor.of(false, false, false));
    private final Tensor phase = registerBuffer("phase", Tensor.of(0, 0).to(DType.COMPLEX64));

    Normed(int rank) {
      registerBuffer("constant", Tensor.of(0.1f, 1 / 3f));
      frozen.requiresGrad(false);
      try (var mode = Autograd.noGrad()) {
        frozen.weight().fillInPlace(rank);
        norm.runningMean().fillInPlace(rank);
      }
    }

    @Override
    public Tensor forward(Tensor x) {
      try (var mode = Autograd.noGrad()) {
        seen.narrow(0, x.dim(0) % 3, 1).fillInPlace(1);
        phase.viewAsReal().addInPlace(x.dim(0));
      }
      return frozen.call(norm.call(x));
    }
  }

  /** Rank 1 has no samples and joins; the others' statistics count alike. */
  private static List<float[]> normedState(Communicator group, Device device) {
    int rank = group.rank();
    Normed plain = new Normed(rank);
    plain.to(device);
    try (Scope scope = Scope.open();
        DistributedDataParallel model = new DistributedDataParallel(plain, group, SMALL_BUCKETS)) {
      for (int step = 0; step < 2; step++) {
        if (rank == 1) {
          model.join();
        } else {
          int rows = 4 + rank;
          Tensor x = inputs(10 * step + rank, rows).to(device);
          new CrossEntropyLoss().forward(model.call(x), targets(rank, rows).to(device)).backward();
        }
      }
      List<float[]> out = new ArrayList<>();
      out.add(plain.frozen.weight().toFloats());
      for (Tensor buffer : model.buffers()) {
        Tensor values = buffer.dtype().isComplex() ? buffer.viewAsReal() : buffer;
        out.add(values.to(DType.FLOAT32).toFloats());
      }
      return out;
    }
  }

  private static float[] expectedMean() {
    float[] mean = new float[INPUTS];
    for (int step = 0; step < 2; step++) {
      for (int i = 0; i < INPUTS; i++) {
        mean[i] *= 0.9f;
      }
      for (int rank : new int[] {0, 2}) {
        float[] batch = inputs(10 * step + rank, 4 + rank).mean(0).toFloats();
        for (int i = 0; i < INPUTS; i++) {
          mean[i] += 0.1f * batch[i] / 2;
        }
      }
    }
    return mean;
  }

  @Test
  void changedBuffersAreTheMeanOverTheRanksThatChangedThem() throws Exception {
    for (Device device : List.of(Device.CPU, Device.QUEUE)) {
      List<List<float[]>> results = Ranks.inProcess(3, group -> normedState(group, device));
      List<float[]> first = results.get(0);
      assertThat(first.get(0)).containsOnly(0);
      assertThat(first.get(1)).containsExactly(1, 1, 0);
      assertThat(first.get(2)).containsExactly(10, 10, 10, 10);
      assertThat(first.get(3)).containsExactly(0.1f, 1 / 3f);
      assertThat(first.get(4)).containsExactly(expectedMean(), Offset.offset(1e-6f));
      assertThat(first.get(6)).containsExactly(2);
      for (int i = 0; i < first.size(); i++) {
        assertThat(results.get(1).get(i)).isEqualTo(first.get(i));
        assertThat(results.get(2).get(i)).isEqualTo(first.get(i));
      }
    }
  }

  @Test
  void theRingJoinsBuffersToTheBitsOfTheReference() throws Exception {
    Ranks.RankBody<List<float[]>> body = group -> normedState(group, Device.CPU);
    List<float[]> expected = Ranks.inProcess(3, body).get(0);
    for (List<float[]> actual : Rings.run(3, Rings.SETTINGS, body)) {
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i)).isEqualTo(expected.get(i));
      }
    }
  }
}
