package io.arclight.distributed;

import static io.arclight.distributed.ParallelMlp.CLASSES;
import static io.arclight.distributed.ParallelMlp.INPUTS;
import static io.arclight.distributed.ParallelMlp.SMALL_BUCKETS;
import static io.arclight.distributed.ParallelMlp.inputs;
import static io.arclight.distributed.ParallelMlp.targets;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.autograd.Autograd;
import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Layer;
import io.arclight.nn.Linear;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DataParallelBuffersTest {
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
