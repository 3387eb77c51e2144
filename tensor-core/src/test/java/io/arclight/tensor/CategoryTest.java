package io.arclight.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.arclight.tensor.memory.Scope;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Draws of counts and of categories against their probabilities. */
@Timeout(60)
class CategoryTest {
  private static final int N = 40_000;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 1, 5, 9.99, 10, 12.5, 40, 300})
  void poissonCountsFollowTheirLaw(double rate) {
    Tensor rates = Tensor.full(Shape.of(N), rate, DType.FLOAT64);
    long[] draws = new Generator(11).poisson(rates).toLongs();
    int most = (int) (rate + 12 * Math.sqrt(rate) + 12);
    double[] expected = new double[most + 1];
    double log = -rate;
    for (int k = 0; k <= most; k++) {
      expected[k] = N * Math.exp(log);
      log += Math.log(rate) - Math.log(k + 1);
    }
    double[] seen = new double[most + 1];
    for (long d : draws) {
      assertThat(d).isBetween(0L, (long) most);
      seen[(int) d]++;
    }
    assertThat(surprise(seen, expected)).isLessThan(6);
  }

  /** How many standard deviations Pearson's statistic lies above its mean. */
  private static double surprise(double[] seen, double[] expected) {
    double sum = 0;
    int cells = -1;
    double restSeen = 0;
    double restExpected = 0;
    for (int i = 0; i < seen.length; i++) {
      restSeen += seen[i];
      restExpected += expected[i];
      if (restExpected >= 20) {
        sum += (restSeen - restExpected) * (restSeen - restExpected) / restExpected;
        cells++;
        restSeen = 0;
        restExpected = 0;
      }
    }
    return (sum - cells) / Math.sqrt(2.0 * cells);
  }

  @Test
  void poissonIsTheSameEverywhere() {
    Tensor rates = Tensor.rand(Shape.of(3000)).mul(30);
    double[] host = new Generator(5).poisson(rates).toDoubles();
    assertThat(new Generator(5).poisson(rates.to(Device.QUEUE)).toDoubles()).isEqualTo(host);
    assertThat(Tensor.zeros(Shape.of(9)).poisson().toDoubles()).containsOnly(0);
    assertThatThrownBy(() -> Tensor.of(1f, -1f).poisson())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("rates are finite and not negative");
    assertThatThrownBy(() -> Tensor.of(Float.NaN).poisson()).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> Tensor.of(1, 2).poisson()).isInstanceOf(DTypeException.class);
  }

  @Test
  void categoriesAreDrawnInProportion() {
    double[] weights = {0, 3, 1, 0, 6, 0};
    Tensor w = Tensor.of(weights);
    long[] draws = new Generator(3).multinomial(w, N, Generator.Replacement.WITH).toLongs();
    double[] seen = new double[6];
    for (long d : draws) {
      seen[(int) d]++;
    }
    double[] expected = Arrays.stream(weights).map(x -> x * N / 10).toArray();
    assertThat(seen[0] + seen[3] + seen[5]).isZero();
    assertThat(surprise(seen, expected)).isLessThan(6);
  }

  @Test
  void firstDrawsWithoutReplacementAreInProportion() {
    Tensor w = Tensor.of(1f, 2f, 0f, 7f).expand(N, 4);
    Tensor pairs = new Generator(8).multinomial(w, 2, Generator.Replacement.WITHOUT);
    assertThat(pairs.shape()).isEqualTo(Shape.of(N, 2));
    long[] draws = pairs.toLongs();
    double[] seen = new double[4];
    for (int i = 0; i < N; i++) {
      assertThat(draws[2 * i]).isNotEqualTo(draws[2 * i + 1]);
      seen[(int) draws[2 * i]]++;
    }
    assertThat(seen[2]).isZero();
    assertThat(surprise(seen, new double[] {N * 0.1, N * 0.2, 0, N * 0.7})).isLessThan(6);
  }

  @Test
  void weightsMustBeWeights() {
    assertThatThrownBy(() -> Tensor.of(1f, -1f).multinomial(1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("finite and not negative");
    assertThatThrownBy(() -> Tensor.of(1f, 0f).multinomial(2))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("only 1 have a weight above 0");
    assertThatThrownBy(() -> Tensor.of(0f, 0f).multinomial(1, Generator.Replacement.WITH))
        .isInstanceOf(DataException.class);
    assertThatThrownBy(() -> Tensor.of(1f, 1f).multinomial(3))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("cannot draw 3 of 2 categories without replacement");
    assertThatThrownBy(() -> Tensor.of(1, 1).multinomial(1)).isInstanceOf(ShapeException.class);
  }
}
