package io.arclight.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.nn.BatchNorm1d;
import io.arclight.nn.Linear;
import io.arclight.nn.Sequential;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AveragedModelTest {
  private static Sequential layers() {
    return new Sequential(new BatchNorm1d(2).momentum(0.25), new Linear(2, 1));
  }

  @Test
  void runningStatisticsAreMeansOverAllBatches() {
    try (Scope scope = Scope.open()) {
      Sequential model = layers();
      model.call(Tensor.of(new float[] {900, -900, 700, -500}, Shape.of(2, 2)));
      AveragedModel averaged = new AveragedModel(model, AveragedModelTest::layers);
      averaged.updateParameters(model);
      averaged.eval();
      averaged.updateBn(
          List.of(
              Tensor.of(new float[] {1, 10, 3, 30}, Shape.of(2, 2)),
              Tensor.of(new float[] {5, 50, 9, 90}, Shape.of(2, 2)),
              Tensor.of(new float[] {0, 0, 6, 60}, Shape.of(2, 2))));
      BatchNorm1d norm = (BatchNorm1d) ((Sequential) averaged.module()).get(0);
      assertThat(norm.runningMean().toFloats()).containsExactly(new float[] {4, 40}, within(1e-4f));
      // The unbiased variances are 2, 8 and 18.
      assertThat(norm.runningVar().toFloats())
          .containsExactly(new float[] {28 / 3f, 2800 / 3f}, within(1e-2f));
      assertThat(norm.numBatchesTracked().toLongs()).containsExactly(3);
      assertThat(norm.momentum()).isEqualTo(0.25);
      assertThat(averaged.isTraining()).isFalse();
      assertThat(norm.isTraining()).isFalse();
    }
  }
}
