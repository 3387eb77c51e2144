package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The slope of gamma's quantile against differences of its distribution function. */
@Timeout(60)
class GammaSlopeTest {

  @ParameterizedTest
  @CsvSource({
    "0.05,1e-9", "0.1,0.3", "0.5,0.001", "0.5,0.5", "0.5,4", "0.9,2", "1,1", "1,0.01", "1.7,1.2",
        "1.7,9",
    "3,0.4", "3,3", "10,4", "10,10.1", "10,25", "80,60", "80,80", "80,120", "900,870", "900,980"
  })
  void agreesWithDifferences(double alpha, double x) {
    try (Scope scope = Scope.open()) {
      double got = Tensor.apply(new GammaSlopeOp(), Tensor.of(alpha), Tensor.of(x)).item();
      double h = 1e-4 * alpha;
      double byAlpha = (logShare(alpha + h, x) - logShare(alpha - h, x)) / (2 * h);
      double byX = 1e-4 * x;
      double density = (logShare(alpha, x + byX) - logShare(alpha, x - byX)) / (2 * byX);
      assertThat(got).isCloseTo(-byAlpha / density, within(2e-5 * Math.abs(got)));
    }
  }

  /** log of P / Q below the mean and of its inverse above, by the series of P and of 1 - P. */
  private static double logShare(double alpha, double x) {
    // Ratio of the integrals over [0, x] and [x, far] of t^(a-1) e^-t, by Simpson in log t.
    double low = integral(alpha, Math.log(x) - (40 / alpha + 1), Math.log(x));
    double high = integral(alpha, Math.log(x), Math.log(x + alpha + 60 + 12 * Math.sqrt(alpha)));
    return Math.log(low) - Math.log(high);
  }

  private static double integral(double alpha, double from, double to) {
    int n = 200_000;
    double step = (to - from) / n;
    double shift = alpha * Math.log(alpha) - alpha;
    double sum = 0;
    for (int i = 0; i <= n; i++) {
      double y = from + i * step;
      double f = Math.exp(alpha * y - Math.exp(y) - shift);
      sum += f * (i == 0 || i == n ? 1 : i % 2 == 0 ? 2 : 4);
    }
    return sum * step / 3;
  }
}
