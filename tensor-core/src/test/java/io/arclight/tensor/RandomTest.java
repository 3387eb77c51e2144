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
import org.junit.jupiter.params.provider.ValueSource;

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

  /** Both ways of drawing, and where one takes over. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.01, 0.7, 4, 9.99, 10, 23.5, 400, 1e6})
  void poissonDrawsHaveTheirFrequencies(double rate) {
    Scope.run(
        () -> {
          Generator.standard().manualSeed(29);
          Tensor rates = Tensor.full(Shape.of(N), rate, DType.FLOAT64, Device.CPU);
          double[] x = rates.poisson().toDoubles();
          double mean = java.util.Arrays.stream(x).average().orElseThrow();
          double variance =
              java.util.Arrays.stream(x).map(v -> (v - rate) * (v - rate)).average().orElseThrow();
          double spread = Math.sqrt(rate / N);
          assertThat(mean).isCloseTo(rate, within(5 * spread + 1e-12));
          double deviation = Math.sqrt((rate + 2 * rate * rate) / N);
          assertThat(variance).isCloseTo(rate, within(5 * deviation + 1e-12));
          // The distribution function at three places, from its sum.
          for (double at : new double[] {rate - Math.sqrt(rate), rate, rate + Math.sqrt(rate)}) {
            double k = Math.floor(at);
            if (rate > 1000 || k < 0) {
              continue;
            }
            double mass = Math.exp(-rate);
            double below = mass;
            for (int i = 1; i <= k; i++) {
              mass *= rate / i;
              below += mass;
            }
            double share = java.util.Arrays.stream(x).filter(v -> v <= k).count() / (double) N;
            assertThat(share).as("at " + k).isCloseTo(below, within(0.013));
          }
          return null;
        });
  }

  @Test
  void multinomialDrawsByWeight() {
    Scope.run(
        () -> {
          Generator.standard().manualSeed(31);
          Tensor weights = Tensor.of(new float[] {1, 0, 3, 0, 0, 5}, Shape.of(2, 3));
          Tensor drawn = weights.multinomial(20_000, Generator.Replacement.WITH);
          assertThat(drawn.shape()).isEqualTo(Shape.of(2, 20_000));
          double[] shares = drawn.oneHot(3).to(DType.FLOAT64).mean(1).toDoubles();
          assertThat(shares[0]).isCloseTo(0.25, within(0.016));
          assertThat(shares[1]).isZero();
          assertThat(shares[5]).isEqualTo(1);
          Tensor many = Tensor.of(1f, 2f, 3f, 0f).expand(5000, 4);
          Tensor without = many.multinomial(3, Generator.Replacement.WITHOUT);
          for (long sum : without.sum(1).toLongs()) {
            assertThat(sum).isEqualTo(0 + 1 + 2);
          }
          double[] first = without.select(1, 0).oneHot(4).to(DType.FLOAT64).mean(0).toDoubles();
          assertThat(first[2]).isCloseTo(0.5, within(0.035));
          assertThat(first[0]).isCloseTo(1 / 6.0, within(0.027));
          assertThatThrownBy(() -> many.multinomial(4, Generator.Replacement.WITHOUT))
              .isInstanceOf(DataException.class)
              .hasMessageContaining("only 3");
          assertThatThrownBy(() -> Tensor.of(-1f, 2f).multinomial(1, Generator.Replacement.WITH))
              .isInstanceOf(DataException.class);
          assertThatThrownBy(() -> Tensor.of(0f, 0f).multinomial(1, Generator.Replacement.WITH))
              .isInstanceOf(DataException.class);
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
      assertThatThrownBy(() -> Tensor.of(1f, Float.POSITIVE_INFINITY).poisson())
          .isInstanceOf(DataException.class)
          .hasMessageContaining("not negative");
      assertThatThrownBy(() -> Tensor.of(1L).bernoulli()).isInstanceOf(DTypeException.class);
      assertThatThrownBy(() -> bad.uniformInPlace(2, 1)).hasMessageContaining("low <= high");
      assertThatThrownBy(() -> bad.exponentialInPlace(0)).hasMessageContaining("rate");
    }
  }
}
