package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Draws against their distributions, and the promise of one stream everywhere. */
@Timeout(60)
class RandomTest {
  private static final int N = 40_000;

  /** Kolmogorov and Smirnov's statistic below this holds in all but one of 10^7 seeds. */
  private static final double KS_LIMIT = 2.9 / Math.sqrt(N);

  record Law(String name, Function<Tensor, Tensor> draw, DoubleUnaryOperator cdf) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Law> laws() {
    return Stream.of(
        new Law("uniform", t -> t.uniformInPlace(-1, 3), x -> (x + 1) / 4),
        new Law("rand", Tensor::randLike, x -> x),
        new Law("exponential", t -> t.exponentialInPlace(2), x -> 1 - Math.exp(-2 * x)),
        new Law("cauchy", t -> t.cauchyInPlace(1, 2), x -> 0.5 + Math.atan((x - 1) / 2) / Math.PI),
        new Law("normal", t -> t.normalInPlace(1, 2), x -> phi((x - 1) / 2)),
        new Law("log_normal", t -> t.logNormalInPlace(0, 1), x -> phi(Math.log(x))),
        // Shapes for which the distribution function is elementary.
        new Law("gamma 1", t -> gamma(t, 1), x -> 1 - Math.exp(-x)),
        new Law("gamma 2", t -> gamma(t, 2), x -> 1 - Math.exp(-x) * (1 + x)),
        new Law("gamma 1/2", t -> gamma(t, 0.5), x -> 2 * phi(Math.sqrt(2 * x)) - 1));
  }

  private static Tensor gamma(Tensor like, double alpha) {
    return Generator.standard().standardGamma(like.fillInPlace(alpha));
  }

  private static double phi(double x) {
    // An integral by Simpson's rule: independent of our own erf.
    double step = x / 400;
    double sum = 1 + Math.exp(-x * x / 2);
    for (int i = 1; i < 400; i++) {
      sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-i * step * i * step / 2);
    }
    return 0.5 + sum * step / 3 / Math.sqrt(2 * Math.PI);
  }

  @ParameterizedTest
  @MethodSource("laws")
  void drawsFollowTheirDistribution(Law law) {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      Scope.run(
          () -> {
            Generator.standard().manualSeed(17);
            double[] x = law.draw.apply(Tensor.empty(Shape.of(N), dtype, Device.CPU)).toDoubles();
            java.util.Arrays.sort(x);
            double worst = 0;
            for (int i = 0; i < N; i++) {
              double f = law.cdf.applyAsDouble(x[i]);
              worst = Math.max(worst, Math.max(f - (double) i / N, (i + 1.0) / N - f));
            }
            assertThat(worst).as(law + " in " + dtype).isLessThan(KS_LIMIT);
            return null;
          });
    }
  }

  @Test
  void discreteDrawsHaveTheirFrequencies() {
    Scope.run(
        () -> {
          Generator.standard().manualSeed(5);
          Tensor p = Tensor.full(Shape.of(N), 0.3, DType.FLOAT32, Device.CPU);
          assertThat(p.bernoulli().mean().item()).isCloseTo(0.3, within(0.012));
          assertThat(p.bernoulliInPlace(0.8).mean().item()).isCloseTo(0.8, within(0.012));
          Map<Long, Integer> counts = new TreeMap<>();
          for (long k : Tensor.zeros(Shape.of(N)).geometricInPlace(0.4).toLongs()) {
            counts.merge(k, 1, Integer::sum);
          }
          assertThat(counts.keySet()).allMatch(k -> k >= 1);
          assertThat(counts.get(1L) / (double) N).isCloseTo(0.4, within(0.014));
          assertThat(counts.get(3L) / (double) N).isCloseTo(0.4 * 0.36, within(0.01));
          return null;
        });
  }

  @Test
  void theStreamIsTheSameOnDevicesAndThreads() {
    int before = Workers.threads();
    try {
      for (Law law : (Iterable<Law>) laws()::iterator) {
        Scope.run(
            () -> {
              double[][] runs = new double[3][];
              for (int i = 0; i < 3; i++) {
                Workers.threads(i == 1 ? 1 : 2);
                Generator.standard().manualSeed(3);
                Device device = i == 2 ? Device.QUEUE : Device.CPU;
                Tensor t = Tensor.empty(Shape.of(70_000), DType.FLOAT32, device);
                runs[i] = law.draw.apply(t).toDoubles();
              }
              assertThat(runs[1]).as(law.name).isEqualTo(runs[0]);
              assertThat(runs[2]).as(law.name).isEqualTo(runs[0]);
              return null;
            });
      }
    } finally {
      Workers.threads(before);
    }
  }

  @Test
  void aStateContinuesWhereItWasTaken() {
    Scope.run(
        () -> {
          Generator g = new Generator(9);
          g.uniform(Shape.of(11), DType.FLOAT32, Device.CPU);
          Generator.State state = g.state();
          double[] next = g.normal(Shape.of(20), DType.FLOAT64, Device.CPU).toDoubles();
          g.seedRandomly();
          assertThat(g.normal(Shape.of(20), DType.FLOAT64, Device.CPU).toDoubles())
              .isNotEqualTo(next);
          assertThat(g.state(state).normal(Shape.of(20), DType.FLOAT64, Device.CPU).toDoubles())
              .isEqualTo(next);
          return null;
        });
  }

  @Test
  void parametersOutsideTheDomainAreErrors() {
    try (Scope scope = Scope.open()) {
      Tensor bad = Tensor.of(0.5f, 1.5f);
      assertThatThrownBy(bad::bernoulli)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("bernoulli")
          .hasMessageContaining("position 1")
          .hasMessageContaining("[0, 1]");
      assertThatThrownBy(() -> Tensor.of(Float.NaN).bernoulli()).isInstanceOf(DataException.class);
      assertThatThrownBy(() -> Generator.standard().standardGamma(Tensor.of(1f, -1f)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("positive");
      assertThatThrownBy(() -> Tensor.normal(Tensor.of(0f), Tensor.of(-1f)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("standard deviation");
      assertThatThrownBy(() -> Tensor.of(1L).bernoulli()).isInstanceOf(DTypeException.class);
      assertThatThrownBy(() -> bad.uniformInPlace(2, 1)).hasMessageContaining("low <= high");
      assertThatThrownBy(() -> bad.exponentialInPlace(0)).hasMessageContaining("rate");
    }
  }
}
