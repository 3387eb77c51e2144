package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.autograd.Autograd;
import io.arclight.distributed.nn.SyncBatchNorm;
import io.arclight.nn.BatchNorm;
import io.arclight.nn.BatchNorm2d;
import io.arclight.nn.ReLU;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Context;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Synchronised batch normalisation against the plain one on the whole batch. */
@Timeout(60)
class SyncBatchNormTest {
  private static final int CHANNELS = 3;
  private static final int RANKS = 3;

  /** What a step leaves: output, gradients of input, weight and bias, running statistics. */
  private record Step(List<float[]> values) {}

  private static Tensor values(long seed, long n) {
    return new Generator(seed)
        .normal(Shape.of(n, CHANNELS, 2, 4), DType.FLOAT32, Device.CPU)
        .mul(3)
        .add(seed);
  }

  private static Step step(BatchNorm<?> norm, Tensor x, Tensor cotangent) {
    Tensor input = x.detach().requiresGrad(true);
    for (int repeat = 0; repeat < 2; repeat++) {
      try (Context.Restore mode = Autograd.noGrad()) {
        norm.call(input.mul(repeat + 1));
      }
    }
    Tensor y = norm.call(input);
    y.mul(cotangent).sum().backward();
    List<float[]> out = new ArrayList<>();
    Tensor[] all = {
      y.detach(),
      input.grad(),
      norm.weight().grad(),
      norm.bias().grad(),
      norm.runningMean(),
      norm.runningVar()
    };
    for (Tensor t : all) {
      out.add(t.toFloats());
    }
    return new Step(out);
  }

  private static <T extends BatchNorm<T>> T settled(T norm) {
    try (Context.Restore mode = Autograd.noGrad()) {
      norm.weight().copyInPlace(Tensor.of(0.5f, -2, 3));
      norm.bias().copyInPlace(Tensor.of(1f, 0, -1));
    }
    return norm;
  }

  private static Tensor joined(long seed, long... rows) {
    Tensor[] parts = new Tensor[rows.length];
    for (int r = 0; r < rows.length; r++) {
      parts[r] = values(seed + r, rows[r]);
    }
    return Tensor.cat(0, parts);
  }

  private static void agrees(boolean cumulative, long... rows) throws Exception {
    Step whole;
    try (Scope scope = Scope.open()) {
      BatchNorm2d norm = settled(new BatchNorm2d(CHANNELS).momentum(0.3));
      norm = cumulative ? norm.cumulative() : norm;
      whole = step(norm, joined(1, rows), joined(50, rows));
    }
    List<Step> ranks =
        Ranks.inProcess(
            RANKS,
            group -> {
              try (Scope scope = Scope.open()) {
                int r = group.rank();
                SyncBatchNorm norm = settled(new SyncBatchNorm(CHANNELS, group).momentum(0.3));
                norm = cumulative ? norm.cumulative() : norm;
                return step(norm, values(1 + r, rows[r]), values(50 + r, rows[r]));
              }
            });
    int from = 0;
    float[][] sums = new float[2][CHANNELS];
    for (Step rank : ranks) {
      int n = rank.values.get(0).length;
      for (int part = 0; part < 2; part++) {
        float[] all = whole.values.get(part);
        float[] expected = java.util.Arrays.copyOfRange(all, from, from + n);
        close(rank.values.get(part), expected);
        for (int c = 0; c < CHANNELS; c++) {
          sums[part][c] += rank.values.get(2 + part)[c];
        }
      }
      close(rank.values.get(4), whole.values.get(4));
      close(rank.values.get(5), whole.values.get(5));
      from += n;
    }
    close(sums[0], whole.values.get(2));
    close(sums[1], whole.values.get(3));
  }

  private static void close(float[] actual, float[] expected) {
    float largest = 1;
    for (float e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    assertThat(actual).containsExactly(expected, Offset.offset(3e-5f * largest));
  }

  @Test
  void isBatchNormOnTheWholeBatch() throws Exception {
    agrees(false, 4, 4, 4);
    agrees(true, 2, 5, 3);
  }

  @Test
  void ranksMayHaveOtherCountsOrNone() throws Exception {
    agrees(false, 5, 1, 2);
    agrees(false, 5, 0, 2);
  }

  @Test
  void convertsTheLayersOfAModel() throws Exception {
    List<float[]> means =
        Ranks.inProcess(
            RANKS,
            group -> {
              try (Scope scope = Scope.open()) {
                BatchNorm2d norm = new BatchNorm2d(CHANNELS);
                Sequential model =
                    SyncBatchNorm.convertSyncBatchnorm(
                        new Sequential(new Sequential(norm), new ReLU()), group);
                assertThat(model.stateDict()).containsKey("0.0.running_mean");
                model.call(values(group.rank(), 2));
                float[] mean = norm.runningMean().toFloats();
                model.eval();
                model.call(values(group.rank(), 2));
                return mean;
              }
            });
    assertThat(means.get(1)).isEqualTo(means.get(0));
    assertThat(means.get(2)).isEqualTo(means.get(0));
  }
}
