package io.arclight.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LBFGSTest {
  private static final int SIZE = 30;

  private static Tensor values(long seed) {
    float[] out = new float[SIZE];
    Random random = new Random(seed);
    for (int i = 0; i < SIZE; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return Tensor.of(out);
  }

  /** The loss after one step with a line search, from {@code from}. */
  private static double least(Tensor from, UnaryOperator<Tensor> loss) {
    Tensor x = from.requiresGrad(true);
    LBFGS optimizer =
        new LBFGS(List.of(x), 1).maxIterations(100).lineSearch(LBFGS.LineSearch.STRONG_WOLFE);
    optimizer.step(
        () -> {
          optimizer.zeroGrad();
          Tensor value = loss.apply(x);
          value.backward();
          return value;
        });
    return loss.apply(x).item();
  }

  /** Searches that find no better place stay where they are, whatever the step before was. */
  @Test
  void steepValleysAreFoundFromAnywhere() {
    float[] slopes = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      slopes[i] = i % 3 == 0 ? 0.25f : 300;
    }
    Tensor steepness = Tensor.of(slopes, Shape.of(SIZE));
    for (int seed = 0; seed < 10; seed++) {
      try (Scope scope = Scope.open()) {
        Tensor target = values(100);
        double found =
            least(
                values(seed),
                x -> x.sub(target).square().mul(steepness).sum().add(x.sigmoid().sum()));
        double other =
            least(
                values(seed + 20),
                x -> x.sub(target).square().mul(steepness).sum().add(x.sigmoid().sum()));
        assertThat(found).as("seed " + seed).isCloseTo(other, within(1e-2));
        assertThat(found).isLessThan(20);
      }
    }
  }
}
