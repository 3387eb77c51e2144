package io.arclight.distributed;

import static io.arclight.distributed.ParallelMlp.SMALL_BUCKETS;
import static io.arclight.distributed.ParallelMlp.gradients;
import static io.arclight.distributed.ParallelMlp.inputs;
import static io.arclight.distributed.ParallelMlp.targets;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.amp.Autocast;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Reduction;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DistributedDataParallelTest {
  /** What one process gives for the mean over all samples, branches taken as the ranks did. */
  private static List<float[]> expected(int... rows) {
    ParallelMlp model = new ParallelMlp(0);
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
            new DistributedDataParallel(new ParallelMlp(group.rank()), group, settings)) {
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
                  new DistributedDataParallel(new ParallelMlp(1), group, SMALL_BUCKETS)) {
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
    ParallelMlp alone = new ParallelMlp(0);
    new CrossEntropyLoss().forward(alone.call(inputs(0, 6)), targets(0, 6)).backward();
    List<float[]> result = Ranks.inProcess(1, group -> step(group, Reduction.MEAN, 6)).get(0);
    for (int i = 0; i < result.size(); i++) {
      assertThat(result.get(i)).isEqualTo(gradients(alone).get(i));
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
                  new DistributedDataParallel(new ParallelMlp(rank), group, settings)) {
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
  void otherDevicesGoThroughHostMemory() throws Exception {
    List<List<float[]>> results =
        Ranks.inProcess(
            3,
            group -> {
              int rank = group.rank();
              ParallelMlp mlp = new ParallelMlp(rank);
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
}
