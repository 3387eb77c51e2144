package io.arclight.distributed;

import static io.arclight.distributed.ParallelMlp.SMALL_BUCKETS;
import static io.arclight.distributed.ParallelMlp.inputs;
import static io.arclight.distributed.ParallelMlp.targets;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.autograd.Autograd;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.optim.AdamW;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.HostMemory;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ranks' parameters stay the same, and are found where they do not. */
@Timeout(60)
class ReplicasTest {
  @Test
  void trainingKeepsTheRanksEqual() throws Exception {
    List<List<byte[]>> results =
        Rings.run(
            3,
            Rings.SETTINGS,
            group -> {
              try (DistributedDataParallel model =
                  new DistributedDataParallel(
                      new ParallelMlp(group.rank()), group, SMALL_BUCKETS.withCheckEvery(1))) {
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
                  new DistributedDataParallel(new ParallelMlp(rank), groups.get(rank))) {
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
}
