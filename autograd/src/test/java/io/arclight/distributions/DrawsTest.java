package io.arclight.distributions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.arclight.autograd.Autograd;
import io.arclight.tensor.DataException;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Draws have the moments, and their gradients the moments' derivatives, that theory says. */
@Timeout(60)
class DrawsTest {
  private static final Shape MANY = Shape.of(60_000);

  record Family(String name, Function<Tensor, Distribution> make, double[] parameters) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Family> families() {
    return Stream.of(
        new Family("normal", p -> new Normal(p.select(0, 0), p.select(0, 1)), new double[] {1, 2}),
        new Family(
            "uniform", p -> new Uniform(p.select(0, 0), p.select(0, 1)), new double[] {-1, 2}),
        new Family("exponential", p -> new Exponential(p.select(0, 0)), new double[] {0.7}),
        new Family("gamma", p -> new Gamma(p.select(0, 0), p.select(0, 1)), new double[] {2.5, 2}),
        new Family(
            "gamma small", p -> new Gamma(p.select(0, 0), p.select(0, 1)), new double[] {0.4, 1}),
        new Family("beta", p -> new Beta(p.select(0, 0), p.select(0, 1)), new double[] {1.5, 3}),
        new Family("dirichlet", Dirichlet::new, new double[] {1, 2, 3.5}),
        new Family(
            "multivariate normal",
            p -> MultivariateNormal.ofScaleTril(p.narrow(0, 0, 2), p.narrow(0, 2, 4).reshape(2, 2)),
            new double[] {1, -1, 2, 0, 0.5, 1}),
        new Family("bernoulli", Bernoulli::ofProbs, new double[] {0.2, 0.9}));
  }

  @ParameterizedTest
  @MethodSource("families")
  void momentsAgree(Family family) {
    try (Scope scope = Scope.open()) {
      Generator.standard().manualSeed(11);
      Distribution d = family.make.apply(Tensor.of(family.parameters));
      Tensor x = d.sample(MANY);
      assertThat(x.shape())
          .isEqualTo(
              Distribution.concat(MANY, Distribution.concat(d.batchShape(), d.eventShape())));
      assertThat(x.requiresGrad()).isFalse();
      close(x.mean(Dim.of(0), Dim.Keep.DROP), d.mean(), 0.03);
      close(x.var(Dim.of(0), Dim.Keep.DROP), d.variance(), 0.06);
      // The mean of -log p over draws is the entropy.
      close(d.logProb(x).mean(Dim.of(0), Dim.Keep.DROP).neg(), d.entropy(), 0.03);
    }
  }

  /** d E[x^2] / d parameters, by draws and by the moments in closed form. */
  @ParameterizedTest
  @MethodSource("families")
  void gradientsOfDrawsAreThoseOfTheMoments(Family family) {
    try (Scope scope = Scope.open()) {
      Generator.standard().manualSeed(23);
      Tensor p = Tensor.of(family.parameters).requiresGrad(true);
      Distribution d = family.make.apply(p);
      if (!d.reparameterized()) {
        assertThatThrownBy(d::rsample)
            .isInstanceOf(TensorException.class)
            .hasMessageContaining("logProb");
        return;
      }
      Tensor drawn = d.rsample(MANY).square().mean(Dim.of(0), Dim.Keep.DROP).sum();
      Tensor exact = d.mean().square().add(d.variance()).sum();
      close(Autograd.grad(drawn, p)[0], Autograd.grad(exact, p)[0], 0.08);
    }
  }

  private static void close(Tensor actual, Tensor expected, double tolerance) {
    double[] a = actual.toDoubles();
    double[] e = expected.toDoubles();
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).as("at " + i).isCloseTo(e[i], within(tolerance * (0.3 + Math.abs(e[i]))));
    }
  }

  @Test
  void classesAreDrawnByTheirProbabilities() {
    try (Scope scope = Scope.open()) {
      Generator.standard().manualSeed(3);
      Tensor probs = Tensor.of(new double[] {0.1, 0, 0.9, 0.5, 0.25, 0.25}, Shape.of(2, 3));
      Tensor x = Categorical.ofProbs(probs).sample(Shape.of(20_000, 1));
      assertThat(x.shape()).isEqualTo(Shape.of(20_000, 1, 2));
      Tensor shares = x.oneHot(3).to(probs.dtype()).mean(Dim.of(0, 1), Dim.Keep.DROP);
      close(shares, probs, 0.05);
      assertThat(shares.toDoubles()[1]).isZero();
    }
  }

  @Test
  void badParametersAndValuesAreErrors() {
    try (Scope scope = Scope.open()) {
      Tensor zero = Tensor.of(1.0, 0.0);
      assertThatThrownBy(() -> new Normal(zero, zero))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("scale must be positive")
          .hasMessageContaining("element 1 is 0.0");
      assertThatThrownBy(() -> new Gamma(zero, Tensor.of(1.0, Double.NaN)))
          .isInstanceOf(DataException.class);
      assertThatThrownBy(() -> new Uniform(zero, zero)).hasMessageContaining("above low");
      assertThatThrownBy(() -> Bernoulli.ofProbs(Tensor.of(1.2))).hasMessageContaining("[0, 1]");
      assertThatThrownBy(() -> Categorical.ofProbs(Tensor.of(0.0, 0.0)))
          .hasMessageContaining("must be positive");
      assertThatThrownBy(() -> Categorical.ofProbs(Tensor.scalar(1.0)))
          .isInstanceOf(ShapeException.class);
      assertThatThrownBy(() -> Categorical.ofProbs(zero).logProb(Tensor.of(2L)))
          .hasMessageContaining("from 0 to 1");
      assertThatThrownBy(() -> new Exponential(Tensor.of(1.0)).logProb(Tensor.of(-1.0)))
          .hasMessageContaining("not be negative");
      assertThatThrownBy(
              () ->
                  Kl.divergence(
                      new Exponential(Tensor.of(1.0)), new Normal(Tensor.of(0.0), Tensor.of(1.0))))
          .isInstanceOf(TensorException.class)
          .hasMessageContaining("Exponential to Gamma");
      assertThatThrownBy(
              () ->
                  MultivariateNormal.ofCovariance(
                      Tensor.of(0.0, 1.0), Tensor.eye(3).to(zero.dtype())))
          .isInstanceOf(ShapeException.class)
          .hasMessageContaining("[..., 2, 2]");
      assertThat(List.of(new Normal(zero, Tensor.of(1.0)).batchShape()))
          .containsExactly(Shape.of(2));
    }
  }
}
