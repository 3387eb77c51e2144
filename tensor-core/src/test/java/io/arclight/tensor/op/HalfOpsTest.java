package io.arclight.tensor.op;

import static io.arclight.tensor.Dim.Keep.DROP;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Generator;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Operations that keep more than a half on the way: their results are rounded once. */
@Timeout(60)
class HalfOpsTest {
  private static final double SLACK = 1e-3;

  record Case(String name, DType dtype, UnaryOperator<Tensor> function, long... shape) {
    @Override
    public String toString() {
      return name + " " + dtype;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(DType.FLOAT16, DType.BFLOAT16).flatMap(t -> cases(t).stream());
  }

  private static List<Case> cases(DType t) {
    Dim first = Dim.of(0);
    Dim last = Dim.of(-1);
    return List.of(
        new Case("sum of rows", t, x -> x.sum(last, DROP), 3, 9000),
        new Case("sum of columns", t, x -> x.sum(first, DROP), 3000, 5),
        new Case("sum of blocks", t, Tensor::sum, 70_000),
        new Case("mean", t, Tensor::mean, 70_000),
        new Case("mean of columns", t, x -> x.mean(first, DROP), 3000, 5),
        new Case("variance", t, x -> x.var(last, DROP), 2, 5000),
        new Case("norm", t, Tensor::norm, 70_000),
        new Case("logsumexp", t, x -> x.logsumexp(last, DROP), 2, 5000),
        new Case("running sum", t, x -> x.cumsum(-1), 2, 3000),
        new Case("softmax", t, x -> x.softmax(-1), 3, 2000),
        new Case("log of softmax", t, x -> x.logSoftmax(-1), 3, 2000),
        new Case("product", t, x -> x.matmul(x.t()), 4, 3000),
        new Case("linear", t, x -> x.linear(x.mul(-0.5), x.select(1, 0)), 4, 3000),
        new Case("layer norm", t, x -> x.layerNorm(x.select(0, 0), x.select(0, 1), 1e-5), 2, 3000),
        new Case(
            "cross-entropy",
            t,
            x ->
                Tensor.applyAll(
                    new CrossEntropyOp(
                        CrossEntropyOp.Input.LOGITS, -100, 0, CrossEntropyOp.Total.EACH),
                    x,
                    Tensor.of(5L, 1999L))[0],
            2,
            2000));
  }

  /** The result is the float64 one rounded, or its neighbour where float32 falls short of it. */
  @ParameterizedTest
  @MethodSource("cases")
  void resultsAreRoundedOnce(Case c) {
    try (Scope scope = Scope.open()) {
      Tensor u = new Generator(4).uniform(Shape.of(c.shape), DType.FLOAT64, Device.CPU);
      Tensor x = u.mul(0.5).add(0.25).to(c.dtype);
      Tensor actual = c.function.apply(x);
      Tensor expected = c.function.apply(x.to(DType.FLOAT64));
      assertThat(actual.dtype()).isEqualTo(c.dtype);
      double[] a = actual.toDoubles();
      double[] exact = expected.toDoubles();
      double half = c.dtype.finfo().eps() / 2;
      for (int i = 0; i < a.length; i++) {
        double step =
            Math.max(Math.ulp((float) exact[i]), Math.scalb(half, 1 + Math.getExponent(exact[i])));
        assertThat(Math.abs(a[i] - exact[i]))
            .as("%s at %d: %s for %s", c, i, a[i], exact[i])
            .isLessThanOrEqualTo(step * (0.5 + SLACK) + 1e-6 * Math.abs(exact[i]));
      }
    }
  }

  /** Blocks whose sums lie between two halves, all rounded the same way if they were. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void partialSumsAreNotRounded(DType dtype) {
    try (Scope scope = Scope.open()) {
      double eps = dtype.finfo().eps();
      Tensor pair = Tensor.of(0.5, 0.5 + eps / 2).to(dtype);
      Tensor x = pair.unsqueeze(0).expand(10 * 4096, 2).reshape(20 * 4096);
      double exact = 20 * 4096 * (0.5 + eps / 4);
      assertThat(x.sum().item()).isEqualTo(Tensor.scalar(exact).to(dtype).item());
      assertThat(x.sum().item()).isNotEqualTo(20 * 4096 * 0.5);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16"})
  void randomNumbersStayBelowOne(DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor u = new Generator(9).uniform(Shape.of(100_000), dtype, Device.CPU);
      assertThat(u.dtype()).isEqualTo(dtype);
      assertThat(u.max().item()).isEqualTo(1 - dtype.finfo().eps() / 2);
      assertThat(u.min().item()).isZero();
      assertThat(u.to(DType.FLOAT64).mean().item()).isBetween(0.49, 0.502);
      Tensor n = new Generator(9).normal(Shape.of(100_000), dtype, Device.CPU);
      assertThat(n.to(DType.FLOAT64).var().item()).isBetween(0.98, 1.02);
    }
  }
}
