package io.arclight.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.nn.CrossEntropyLoss;
import io.arclight.nn.Init;
import io.arclight.nn.Linear;
import io.arclight.nn.Loss;
import io.arclight.nn.Reduction;
import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The mean of a loss whose samples have weights, over ranks that have different ones. */
@Timeout(60)
class WeightedLossTest {
  private static final int[] ROWS = {5, 2, 9};

  private static Linear model() {
    Linear model = new Linear(3, 4);
    Init.uniform(model.weight(), 0.25, 0.25);
    Init.zeros(model.bias());
    return model;
  }

  private static Tensor inputs(int rank) {
    return new Generator(rank).normal(Shape.of(ROWS[rank], 3), DType.FLOAT32, Device.CPU);
  }

  /** The second rank's are all ignored. */
  private static Tensor targets(int rank) {
    Tensor classes = new Generator(9 + rank).integers(0, 4, Shape.of(ROWS[rank]), Device.CPU);
    return rank == 1 ? classes.mul(0).sub(100) : classes;
  }

  private static Loss loss() {
    return new CrossEntropyLoss().weight(Tensor.of(0.5f, 2f, 3f, 0.25f)).ignoreIndex(-100);
  }

  private static float[] joined(Communicator group) {
    int rank = group.rank();
    Linear model = model();
    DataParallelSettings settings = DataParallelSettings.defaults().withLoss(Reduction.SUM);
    try (Scope scope = Scope.open();
        GradientReducer reducer = new GradientReducer(model, group, settings)) {
      reducer.begin();
      Tensor output = model.call(inputs(rank));
      reducer.samples(loss().divisor(output.detach(), targets(rank)));
      loss().reduction(Reduction.SUM).forward(output, targets(rank)).backward();
      reducer.finish();
      return model.weight().grad().toFloats();
    }
  }

  private static float[] whole() {
    try (Scope scope = Scope.open()) {
      Linear model = model();
      Tensor x = Tensor.cat(0, inputs(0), inputs(1), inputs(2));
      Tensor target = Tensor.cat(0, targets(0), targets(1), targets(2));
      loss().forward(model.call(x), target).backward();
      return model.weight().grad().toFloats();
    }
  }

  @Test
  void divisorsMakeTheMean() throws Exception {
    for (float[] gradient : Ranks.inProcess(3, WeightedLossTest::joined)) {
      assertThat(gradient).containsExactly(whole(), Offset.offset(2e-6f));
    }
  }
}
