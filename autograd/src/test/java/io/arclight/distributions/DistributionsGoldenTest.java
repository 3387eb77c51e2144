package io.arclight.distributions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what PyTorch gave ({@code pytorch.json}, by {@code it/oracle/distributions.py}). */
@Timeout(60)
class DistributionsGoldenTest {
  private static final JsonNode GOLDEN = read();

  private record Case(Distribution p, Distribution q, Tensor value) {}

  private static JsonNode read() {
    try (InputStream in = DistributionsGoldenTest.class.getResourceAsStream("pytorch.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Tensor t(double... values) {
    return values.length == 1 ? Tensor.scalar(values[0]) : Tensor.of(values);
  }

  private static Tensor rows(long columns, double... values) {
    return Tensor.of(values, Shape.of(values.length / columns, columns));
  }

  private static Map<String, Supplier<Case>> cases() {
    Map<String, Supplier<Case>> out = new LinkedHashMap<>();
    out.put(
        "normal",
        () ->
            new Case(
                new Normal(t(0, 1.5, -2), t(1, 0.3, 4)),
                new Normal(t(0.5), t(2, 1, 0.7)),
                t(0.3, 1, -6)));
    out.put(
        "uniform",
        () ->
            new Case(
                new Uniform(t(0, -1), t(1, 3)), new Uniform(t(-0.5, -2), t(1, 5)), t(0.25, 2)));
    out.put(
        "exponential",
        () -> new Case(new Exponential(t(0.5, 2)), new Exponential(t(1.5, 0.2)), t(0.1, 3)));
    out.put(
        "gamma",
        () ->
            new Case(
                new Gamma(t(0.4, 1, 7.5), t(1, 0.5, 2)),
                new Gamma(t(1.4, 3, 5.5), t(0.3, 0.5, 1)),
                t(0.2, 1, 4)));
    out.put(
        "beta",
        () ->
            new Case(new Beta(t(0.5, 2), t(0.7, 5)), new Beta(t(1.5, 1), t(3, 0.4)), t(0.2, 0.9)));
    out.put(
        "dirichlet",
        () ->
            new Case(
                new Dirichlet(rows(3, 0.5, 1, 4, 2, 2, 2)),
                new Dirichlet(t(1, 0.3, 2)),
                rows(3, 0.2, 0.3, 0.5, 0.6, 0.1, 0.3)));
    out.put(
        "bernoulli probs",
        () ->
            new Case(
                Bernoulli.ofProbs(t(0.1, 0.5, 0.9)),
                Bernoulli.ofProbs(t(0.3, 0.2, 0.6)),
                t(1, 0, 1)));
    out.put(
        "bernoulli logits",
        () ->
            new Case(
                Bernoulli.ofLogits(t(-2, 0.3, 5)), Bernoulli.ofLogits(t(1, 0, -1)), t(1, 0, 0)));
    out.put(
        "categorical probs",
        () ->
            new Case(
                Categorical.ofProbs(rows(3, 0.2, 0.5, 0.3, 4, 1, 5)),
                Categorical.ofProbs(rows(3, 0.1, 0.1, 0.8, 1, 1, 2)),
                Tensor.of(2L, 0L)));
    out.put(
        "categorical logits",
        () ->
            new Case(
                Categorical.ofLogits(rows(3, 0.2, 1.5, -0.3)),
                Categorical.ofLogits(rows(3, 1, 1, 2)),
                Tensor.of(new long[] {1, 2}, Shape.of(2, 1))));
    out.put(
        "multivariate normal",
        () ->
            new Case(
                MultivariateNormal.ofCovariance(t(0.5, -1), rows(2, 2, 0.3, 0.3, 0.5)),
                MultivariateNormal.ofCovariance(rows(2, 0, 1, 2, 2), rows(2, 1, -0.2, -0.2, 1.5)),
                rows(2, 0, 0, 1, -2)));
    out.put(
        "uniform to normal",
        () -> new Case(new Uniform(t(0, -1), t(1, 3)), new Normal(t(0.3), t(1, 2)), null));
    out.put(
        "exponential to gamma",
        () -> new Case(new Exponential(t(0.5, 2)), new Gamma(t(1.5, 0.4), t(1, 3)), null));
    out.put(
        "gamma to exponential",
        () -> new Case(new Gamma(t(1.5, 0.4), t(1, 3)), new Exponential(t(0.5, 2)), null));
    return out;
  }

  static Stream<String> names() {
    return cases().keySet().stream();
  }

  @Test
  void everyGoldenCaseIsTested() {
    assertThat(GOLDEN.fieldNames()).toIterable().containsExactlyElementsOf(cases().keySet());
  }

  @ParameterizedTest
  @MethodSource("names")
  void givesPyTorchsNumbers(String name) {
    try (Scope scope = Scope.open()) {
      Case c = cases().get(name).get();
      GOLDEN
          .get(name)
          .fields()
          .forEachRemaining(
              e -> close(name + " " + e.getKey(), e.getValue(), value(c, e.getKey())));
    }
  }

  private static Tensor value(Case c, String what) {
    return switch (what) {
      case "log_prob" -> c.p.logProb(c.value);
      case "entropy" -> c.p.entropy();
      case "kl" -> Kl.divergence(c.p, c.q);
      case "mean" -> c.p.mean();
      case "variance" -> c.p.variance();
      case "cdf" ->
          c.p instanceof Normal n
              ? n.cdf(c.value)
              : c.p instanceof Uniform u ? u.cdf(c.value) : ((Exponential) c.p).cdf(c.value);
      case "icdf" -> {
        Tensor share = Tensor.scalar(0.3);
        yield c.p instanceof Normal n
            ? n.icdf(share)
            : c.p instanceof Uniform u ? u.icdf(share) : ((Exponential) c.p).icdf(share);
      }
      default -> throw new IllegalStateException(what);
    };
  }

  private static void close(String what, JsonNode expected, Tensor actual) {
    double[] values = actual.toDoubles();
    assertThat(values).as(what).hasSize(expected.size());
    for (int i = 0; i < values.length; i++) {
      double e = expected.get(i).asDouble();
      assertThat(values[i]).as(what + " at " + i).isCloseTo(e, within(1e-9 * (1 + Math.abs(e))));
    }
  }
}
