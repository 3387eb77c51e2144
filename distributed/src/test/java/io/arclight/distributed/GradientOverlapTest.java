package io.arclight.distributed;

import static io.arclight.distributed.ParallelMlp.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GradientOverlapTest {
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
}
