package io.arclight.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ValuesIndices;
import io.arclight.tensor.cpu.Workers;
import io.arclight.tensor.memory.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reductions and scans where they are cut into parts, on several threads, and of NaN and ties. */
@Timeout(120)
class ReductionTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  /** [outer, n, inner]: short and long lines, innermost and not, with and without parts. */
  private static final long[][] SHAPES = {
    {1, 70_001, 1},
    {3, 70_000, 1},
    {500, 7, 1},
    {90, 33, 1},
    {2, 700, 33},
    {1, 513, 1100},
    {3, 20, 1030},
    {4, 1, 5},
    {2, 5000, 1}
  };

  static Stream<Map.Entry<String, ToDoubleFunction<double[]>>> references() {
    Map<String, ToDoubleFunction<double[]>> all = new LinkedHashMap<>();
    all.put("SUM", x -> DoubleStream.of(x).sum());
    all.put("MEAN", x -> DoubleStream.of(x).sum() / x.length);
    all.put("VAR", ReductionTest::variance);
    all.put("STD", x -> Math.sqrt(variance(x)));
    all.put("NORM", x -> Math.sqrt(DoubleStream.of(x).map(v -> v * v).sum()));
    all.put("AMAX", x -> DoubleStream.of(x).max().orElseThrow());
    all.put("AMIN", x -> DoubleStream.of(x).min().orElseThrow());
    all.put("AMINMAX", x -> DoubleStream.of(x).min().orElseThrow());
    all.put("ARGMAX", x -> first(x, DoubleStream.of(x).max().orElseThrow()));
    all.put("ARGMIN", x -> first(x, DoubleStream.of(x).min().orElseThrow()));
    all.put("COUNT_NONZERO", x -> DoubleStream.of(x).filter(v -> v != 0).count());
    all.put("LOGSUMEXP", x -> Math.log(DoubleStream.of(x).map(Math::exp).sum()));
    all.put("ANY", x -> DoubleStream.of(x).anyMatch(v -> v != 0) ? 1 : 0);
    all.put("ALL", x -> DoubleStream.of(x).allMatch(v -> v != 0) ? 1 : 0);
    return all.entrySet().stream();
  }

  private static double variance(double[] x) {
    double mean = DoubleStream.of(x).sum() / x.length;
    return DoubleStream.of(x).map(v -> (v - mean) * (v - mean)).sum() / (x.length - 1);
  }

  private static int first(double[] x, double value) {
    int i = 0;
    while (x[i] != value) {
      i++;
    }
    return i;
  }

  @ParameterizedTest
  @MethodSource("references")
  void partsGiveTheWhole(Map.Entry<String, ToDoubleFunction<double[]>> reference) {
    for (long[] s : SHAPES) {
      try (Scope scope = Scope.open()) {
        // Few different values, so that extremes and zeros occur more than once.
        Tensor x = new SampleInputs(DType.FLOAT32, Device.CPU).range(-40, 40, s).round().div(32);
        x = x.add(1.5);
        double[] values = x.toDoubles();
        double[] actual =
            Tensor.applyAll(
                new ReduceOp(ReduceOp.Kind.valueOf(reference.getKey()), Dim.of(1), Dim.Keep.DROP),
                x)[0]
                .toDoubles();
        for (int o = 0; o < s[0]; o++) {
          for (int c = 0; c < s[2]; c++) {
            double[] line = new double[(int) s[1]];
            for (int i = 0; i < line.length; i++) {
              line[i] = values[(int) ((o * s[1] + i) * s[2] + c)];
            }
            double expected = reference.getValue().applyAsDouble(line);
            double got = actual[(int) (o * s[2] + c)];
            if (!Double.isNaN(expected) || !Double.isNaN(got)) {
              assertThat(got)
                  .as("%s of %d x %d x %d at %d, %d", reference.getKey(), s[0], s[1], s[2], o, c)
                  .isCloseTo(expected, within(2e-6 * (1 + Math.abs(expected))));
            }
          }
        }
      }
    }
  }

  /** Of products, and of what is far from 0, where a sum of squares would lose all digits. */
  @Test
  void longProductsAndDistantVariances() {
    try (Scope scope = Scope.open()) {
      Tensor x = new SampleInputs(DType.FLOAT32, Device.CPU).range(0, 1, 200_000);
      assertThat(x.add(1e4).var().item()).isCloseTo(1.0 / 12, within(1e-3));
      Tensor columns = x.reshape(2000, 100).add(1e4);
      for (double v : columns.var(0).toDoubles()) {
        assertThat(v).isCloseTo(1.0 / 12, within(1e-2));
      }
      double[] factors = x.sub(0.5).mul(1e-3).add(1).toDoubles();
      double product = DoubleStream.of(factors).reduce(1, (a, b) -> a * b);
      Tensor prod = x.sub(0.5).mul(1e-3).add(1).prod();
      assertThat(prod.item()).isCloseTo(product, within(1e-3 * product));
    }
  }

  static Stream<Map.Entry<String, UnaryOperator<Tensor>>> families() {
    Map<String, UnaryOperator<Tensor>> all = new LinkedHashMap<>();
    for (ReduceOp.Kind kind : ReduceOp.Kind.values()) {
      for (int dim = -2; dim < 0; dim++) {
        ReduceOp op = new ReduceOp(kind, Dim.of(dim), Dim.Keep.DROP);
        all.put(kind + " " + dim, x -> Tensor.applyAll(op, x)[0]);
      }
      if (!kind.positions()) {
        ReduceOp op = new ReduceOp(kind, Dim.ALL, Dim.Keep.DROP);
        all.put(kind + " of all", x -> Tensor.applyAll(op, x)[0]);
      }
    }
    for (int d = 0; d < 2; d++) {
      int dim = d;
      all.put("cumsum " + d, x -> x.cumsum(dim));
      all.put("cumprod " + d, x -> x.cumprod(dim));
      all.put("cummax " + d, x -> x.cummax(dim).values());
      all.put("logcumsumexp " + d, x -> x.logcumsumexp(dim));
      all.put("softmax " + d, x -> x.softmax(dim));
      all.put("log softmax " + d, x -> x.logSoftmax(dim));
      all.put("sort " + d, x -> x.sort(dim, Order.DESCENDING).indices());
      all.put("median " + d, x -> x.median(dim).indices());
      all.put("mode " + d, x -> x.round().mode(dim, Dim.Keep.DROP).indices());
      all.put("topk " + d, x -> x.topk(Math.min(3, x.dim(dim)), dim, Order.ASCENDING).indices());
    }
    all.put("quantile", x -> x.quantile(0.3));
    all.put("histc", x -> x.histc(20));
    all.put("unique", x -> x.round().unique().counts());
    all.put("cov", x -> x.narrow(0, 0, Math.min(20, x.dim(0))).cov());
    return all.entrySet().stream();
  }

  /** The layout of a reduction is a function of the shape, not of who computes it. */
  @ParameterizedTest
  @MethodSource("families")
  void sameBitsAtAnyNumberOfThreads(Map.Entry<String, UnaryOperator<Tensor>> family) {
    for (long[] shape : new long[][] {{300, 401}, {120_000, 1}, {2, 70_000}, {20_000, 7}}) {
      try (Scope scope = Scope.open()) {
        Tensor x = new SampleInputs(DType.FLOAT32, Device.CPU).any(shape);
        Workers.threads(1);
        double[] one = family.getValue().apply(x).toDoubles();
        for (int threads = 2; threads < 4; threads++) {
          Workers.threads(threads);
          assertThat(family.getValue().apply(x).toDoubles())
              .as("%s of %s on %d threads", family.getKey(), x.shape(), threads)
              .isEqualTo(one);
        }
      } finally {
        Workers.threads(0);
      }
    }
  }

  private static void check(ValuesIndices actual, double[] values, double... indices) {
    assertThat(actual.values().toDoubles()).isEqualTo(values);
    assertThat(actual.indices().toDoubles()).isEqualTo(indices);
  }

  private static double[] d(double... values) {
    return values;
  }

  /** As PyTorch 2.15 gives them. */
  @Test
  void nanAndTies() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensor.of(1.0, 3, 3, NAN, 5, NAN).to(DType.FLOAT64);
      check(x.cummax(0), d(1, 3, 3, NAN, NAN, NAN), 0, 1, 2, 3, 3, 5);
      check(x.max(0), d(NAN), 3);
      check(x.min(0), d(NAN), 3);
      assertThat(x.argmax().item()).isEqualTo(3);
      assertThat(x.amax().item()).isNaN();
      check(x.median(0), d(NAN), 3);
      check(x.nanmedian(0), d(3), 1);
      assertThat(x.nansum().item()).isEqualTo(12);
      assertThat(x.nanmean().item()).isEqualTo(3);
      assertThat(x.countNonzero().item()).isEqualTo(6);
      assertThat(x.quantile(0.5).item()).isNaN();
      check(Tensor.of(NAN, NAN).nanmedian(0), d(NAN), 0);
      check(Tensor.of(2.0, 2, 1, 1, 3, 3).mode(), d(1), 3);
      check(Tensor.of(3L, 3, 1, 1).cummin(0), d(3, 3, 1, 1), 0, 1, 2, 3);
      check(Tensor.of(4L, 9, 9, 4).max(0), d(9), 1);
      check(Tensor.of(1.0, 2, 3, 4).median(0), d(2), 1);
      assertThat(Tensor.of(NAN, 1, NAN).unique().values().toDoubles()).isEqualTo(d(1, NAN, NAN));
      assertThat(Tensor.of(1f, 1f).histc(4).toDoubles()).isEqualTo(d(0, 0, 2, 0));
      assertThat(Tensor.of(1f, 2f, 3f, Float.NaN).histc(4, 0, 4).toDoubles())
          .isEqualTo(d(0, 1, 1, 1));
      assertThat(Tensor.of(-INF, -INF).logsumexp(0).item()).isEqualTo(-INF);
      assertThat(Tensor.of(INF, 1).logsumexp(0).item()).isEqualTo(INF);
      assertThat(Tensor.full(Shape.of(100_000), -INF).logsumexp(0).item()).isEqualTo(-INF);
      assertThat(Tensor.of(-INF, 0, 0).logcumsumexp(0).toFloats())
          .isEqualTo(new float[] {(float) -INF, 0, (float) Math.log(2)});
      assertThat(Tensor.of(1f).var().item()).isNaN();
      assertThat(Tensor.of(2f, 4f).var(Dim.ALL, 2, Dim.Keep.DROP).item()).isEqualTo(INF);
      assertThat(Tensor.zeros(Shape.of(0)).sum().item()).isZero();
      assertThat(Tensor.zeros(Shape.of(0)).prod().item()).isEqualTo(1);
      assertThat(Tensor.zeros(Shape.of(0)).mean().item()).isNaN();
      assertThat(Tensor.zeros(Shape.of(0, 2)).max(1).values().shape()).isEqualTo(Shape.of(0));
    }
  }
}
