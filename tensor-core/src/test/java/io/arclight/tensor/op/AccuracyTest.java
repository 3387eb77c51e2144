package io.arclight.tensor.op;

import static io.arclight.tensor.op.Exact.DIGITS;
import static io.arclight.tensor.op.Exact.over;
import static io.arclight.tensor.op.Exact.times;
import static java.math.BigDecimal.ONE;
import static org.assertj.core.api.Assertions.assertThat;

import io.arclight.tensor.DType;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import java.math.BigDecimal;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Functions in float64 against 80 digits, and in float32 against float64, over their ranges. */
@Timeout(120)
class AccuracyTest {
  private static final Logger LOG = LoggerFactory.getLogger(AccuracyTest.class);
  private static final int STRIDE = Boolean.getBoolean("arclight.test.full-sweep") ? 1 : 20011;
  private static final BigDecimal HALF = new BigDecimal("0.5");
  private static final BigDecimal TWO = BigDecimal.valueOf(2);

  /**
   * A function with its exact value.
   *
   * @param ulps largest error allowed, in units of the last place
   * @param absolute error allowed where that is larger, as near zeros
   */
  record Case(
      Pointwise op,
      UnaryOperator<BigDecimal> exact,
      double ulps,
      double absolute,
      double[] points) {
    @Override
    public String toString() {
      return op.label();
    }
  }

  private static Case of(
      Pointwise op, UnaryOperator<BigDecimal> exact, double ulps, double[]... points) {
    return new Case(
        op, exact, ulps, 0, Stream.of(points).flatMapToDouble(DoubleStream::of).toArray());
  }

  /** 150 numbers between, evenly in their logarithms. */
  private static double[] magnitudes(double low, double high) {
    Random random = new Random(3);
    return DoubleStream.generate(random::nextDouble)
        .limit(150)
        .map(u -> Math.exp(Math.log(low) + u * (Math.log(high) - Math.log(low))))
        .toArray();
  }

  /** 100 numbers between. */
  private static double[] between(double low, double high) {
    return new Random(5).doubles(100, low, high).toArray();
  }

  private static double[] negative(double[] x) {
    return DoubleStream.of(x).map(v -> -v).toArray();
  }

  static Stream<Case> cases() {
    double[] least = magnitudes(1e-300, 1e-3);
    double[] tiny = magnitudes(1e-30, 1e-3);
    double[] middle = magnitudes(1e-3, 10);
    double[] unit = between(-1, 1);
    return Stream.of(
        of(Pointwise.EXP2, x -> Exact.pow(TWO, x), 2, tiny, middle, between(-1070, 1023)),
        of(Pointwise.LOG2, x -> over(Exact.log(x), Exact.LN2), 2, least, middle, between(0.9, 1.1)),
        of(
            Pointwise.LOG10,
            x -> over(Exact.log(x), Exact.log(BigDecimal.TEN)),
            2,
            least,
            middle,
            between(0.9, 1.1)),
        of(Pointwise.SINH, x -> hyperbolic(x, ONE.negate()), 4, tiny, middle, between(-710, 710)),
        of(Pointwise.COSH, x -> hyperbolic(x, ONE), 4, middle, between(-710, 710)),
        of(Pointwise.ASINH, AccuracyTest::asinh, 4, tiny, middle, magnitudes(1, 1e300)),
        of(Pointwise.ACOSH, AccuracyTest::acosh, 4, between(1, 2), magnitudes(1, 1e300)),
        of(Pointwise.ATANH, AccuracyTest::atanh, 4, tiny, unit),
        of(Pointwise.SINC, AccuracyTest::sinc, 4, tiny, middle, between(-1000, 1000)),
        of(
            Pointwise.LOGIT,
            x -> Exact.log(over(x, ONE.subtract(x))),
            4,
            tiny,
            between(0, 0.4),
            between(0.6, 1)),
        of(Pointwise.ERF, Exact::erf, 4, tiny, middle, unit),
        of(Pointwise.ERFC, Exact::erfc, 6, unit, middle, negative(middle), between(4, 26)),
        of(Pointwise.ERFCX, Exact::erfcx, 6, unit, middle, between(-25, 0), magnitudes(1, 1e9)),
        of(Pointwise.NDTR, AccuracyTest::ndtr, 8, unit, middle, between(-37, 0)),
        of(Pointwise.LOG_NDTR, x -> Exact.log(ndtr(x)), 8, unit, between(-37, 0), between(0, 10)),
        of(Pointwise.LGAMMA, Exact::lgamma, 6, least, middle, magnitudes(1, 1e30)),
        near(Pointwise.LGAMMA, Exact::lgamma, 8, 1e-14, between(-30, 0)),
        near(Pointwise.DIGAMMA, Exact::digamma, 8, 1e-15, middle),
        near(Pointwise.DIGAMMA, Exact::digamma, 8, 1e-11, between(-30, 0)),
        of(Pointwise.DIGAMMA, Exact::digamma, 12, between(0.01, 1.2), magnitudes(2, 1e30)),
        of(Pointwise.I0, x -> Exact.bessel(0, x), 8, tiny, middle, between(-700, 700)),
        of(Pointwise.I1, x -> Exact.bessel(1, x), 8, tiny, middle, between(-700, 700)),
        of(
            Pointwise.I0E,
            x -> times(Exact.bessel(0, x), Exact.exp(x.abs().negate())),
            6,
            tiny,
            middle,
            between(-2000, 2000)),
        of(
            Pointwise.I1E,
            x -> times(Exact.bessel(1, x), Exact.exp(x.abs().negate())),
            6,
            tiny,
            middle,
            between(-2000, 2000)),
        of(Pointwise.ENTR, x -> times(x.negate(), Exact.log(x)), 4, least, middle));
  }

  private static Case near(
      Pointwise op, UnaryOperator<BigDecimal> exact, double ulps, double most, double[] points) {
    return new Case(op, exact, ulps, most, points);
  }

  private static BigDecimal hyperbolic(BigDecimal x, BigDecimal sign) {
    BigDecimal e = Exact.exp(x);
    return times(HALF, e.add(over(sign, e)));
  }

  private static BigDecimal asinh(BigDecimal x) {
    return Exact.log(x.add(Exact.sqrt(times(x, x).add(ONE))));
  }

  private static BigDecimal acosh(BigDecimal x) {
    return Exact.log(x.add(Exact.sqrt(times(x, x).subtract(ONE))));
  }

  private static BigDecimal atanh(BigDecimal x) {
    return times(HALF, Exact.log(over(ONE.add(x), ONE.subtract(x))));
  }

  private static BigDecimal sinc(BigDecimal x) {
    return over(Exact.sinPi(x), times(Exact.PI, x));
  }

  private static BigDecimal ndtr(BigDecimal x) {
    return times(HALF, Exact.erfc(over(x.negate(), Exact.sqrt(TWO))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void doublesAreNearExact(Case c) {
    try (Scope scope = Scope.open()) {
      double[] got = Tensor.apply(c.op, Tensor.of(c.points)).toDoubles();
      Worst worst = new Worst();
      for (int i = 0; i < got.length; i++) {
        BigDecimal exact = c.exact.apply(Exact.of(c.points[i]));
        worst.add(got[i], exact, c.absolute, c.points[i], 0);
      }
      worst.check(c.toString(), c.ulps);
    }
  }

  /** The exact inverse of f near y, by a step of Newton's from there, for f of the given slope. */
  private static BigDecimal improved(double y, BigDecimal value, double target, BigDecimal slope) {
    BigDecimal miss = value.subtract(Exact.of(target));
    return Exact.of(y).subtract(over(miss, slope), DIGITS);
  }

  @Test
  void inverseErrorFunctions() {
    try (Scope scope = Scope.open()) {
      double[] x = between(-1, 1);
      double[] p =
          DoubleStream.concat(
                  DoubleStream.of(magnitudes(1e-300, 0.5)), DoubleStream.of(between(0.001, 0.999)))
              .toArray();
      double[] y = Tensor.of(x).erfinv().toDoubles();
      double[] z = Tensor.apply(Pointwise.NDTRI, Tensor.of(p)).toDoubles();
      Worst erfinv = new Worst();
      Worst ndtri = new Worst();
      BigDecimal two = over(TWO, Exact.sqrt(Exact.PI));
      for (int i = 0; i < x.length; i++) {
        BigDecimal at = Exact.of(y[i]);
        BigDecimal slope = times(two, Exact.exp(times(at, at).negate()));
        erfinv.add(y[i], improved(y[i], Exact.erf(at), x[i], slope), 0, x[i], 0);
      }
      for (int i = 0; i < p.length; i++) {
        BigDecimal at = Exact.of(z[i]);
        BigDecimal density = Exact.exp(times(HALF, times(at, at)).negate());
        BigDecimal slope = over(density, Exact.sqrt(times(TWO, Exact.PI)));
        ndtri.add(z[i], improved(z[i], ndtr(at), p[i], slope), 0, p[i], 0);
      }
      erfinv.check("erfinv", 6);
      ndtri.check("ndtri", 6);
    }
  }

  @Test
  void zeta() {
    try (Scope scope = Scope.open()) {
      double[] s = between(1.01, 20);
      double[] q = DoubleStream.of(magnitudes(0.01, 1000)).limit(s.length).toArray();
      double[] got = Tensor.apply(Pointwise.ZETA, Tensor.of(s), Tensor.of(q)).toDoubles();
      Worst worst = new Worst();
      for (int i = 0; i < s.length; i++) {
        worst.add(got[i], Exact.zeta(Exact.of(s[i]), Exact.of(q[i])), 0, s[i], q[i]);
      }
      worst.check("zeta", 16);
    }
  }

  /** Whole orders of negative arguments, by the recurrence from positive ones. */
  @Test
  void zetaOfNegativeArguments() {
    try (Scope scope = Scope.open()) {
      double[] q = {-0.5, -1.25, -2.5, -7.75, -0.001};
      for (int s = 2; s <= 5; s++) {
        double[] got =
            Tensor.apply(Pointwise.ZETA.with((double) s, null), Tensor.of(q)).toDoubles();
        Worst worst = new Worst();
        for (int i = 0; i < q.length; i++) {
          BigDecimal sum = BigDecimal.ZERO;
          BigDecimal at = Exact.of(q[i]);
          while (at.signum() < 0) {
            sum = sum.add(Exact.inverse(at.pow(s, DIGITS)));
            at = at.add(ONE);
          }
          worst.add(got[i], sum.add(Exact.zeta(Exact.of(s), at)), 1e-13, s, q[i]);
        }
        worst.check("zeta of negative arguments", 32);
      }
    }
  }

  /** Over all regions that the function is divided into. */
  @Test
  void incompleteGamma() {
    try (Scope scope = Scope.open()) {
      double[] orders = {1e-10, 0.01, 0.3, 0.9, 1, 2.5, 9.9, 10.1, 30, 99, 101, 150, 400, 1000};
      double[] ratios = {1e-3, 0.1, 0.5, 0.69, 0.71, 0.9, 0.999, 1, 1.001, 1.1, 1.29, 1.31, 1.6, 3};
      double[] small = {1e-20, 1e-3, 0.1, 0.5, 1, 1.09, 1.11, 2, 5};
      Worst lower = new Worst();
      Worst upper = new Worst();
      for (double a : orders) {
        double[] x =
            DoubleStream.concat(DoubleStream.of(ratios).map(r -> r * a), DoubleStream.of(small))
                .filter(v -> v > 0)
                .toArray();
        Tensor order = Tensor.scalar(a);
        double[] p = order.igamma(Tensor.of(x)).toDoubles();
        double[] q = order.igammac(Tensor.of(x)).toDoubles();
        for (int i = 0; i < x.length; i++) {
          BigDecimal exact = Exact.igamma(Exact.of(a), Exact.of(x[i]));
          lower.add(p[i], exact, exponential(exact.doubleValue(), x[i] - a), a, x[i]);
          BigDecimal rest = ONE.subtract(exact);
          upper.add(
              q[i], rest, Math.max(1e-60, exponential(rest.doubleValue(), x[i] - a)), a, x[i]);
        }
      }
      lower.check("igamma", 60);
      upper.check("igammac", 60);
    }
  }

  /** The error that rounding the terms of the exponent makes. */
  private static double exponential(double value, double term) {
    double exponent = 3 * Math.abs(Math.log(value)) + 2 * Math.abs(term);
    return value == 0 ? 1e-290 : Math.ulp(value) * exponent;
  }

  @Test
  void hypotenuse() {
    try (Scope scope = Scope.open()) {
      double[] a = magnitudes(1e-310, 1e308);
      double[] b = new Random(8).doubles(a.length, 0, 1).toArray();
      for (int i = 0; i < b.length; i++) {
        b[i] *= a[i];
      }
      double[] got = Tensor.of(a).hypot(Tensor.of(b)).toDoubles();
      Worst worst = new Worst();
      for (int i = 0; i < a.length; i++) {
        BigDecimal x = Exact.of(a[i]);
        BigDecimal y = Exact.of(b[i]);
        worst.add(got[i], Exact.sqrt(times(x, x).add(times(y, y))), 0, a[i], b[i]);
      }
      worst.check("hypot", 1.5);
    }
  }

  /** Every {@link #STRIDE}th float: the F32 kernel against the F64 one. */
  @ParameterizedTest
  @EnumSource(Pointwise.class)
  void floatsAreWithinTwoUnitsOfDoubles(Pointwise op) {
    if (op.arity() != 1 || op.rule() != Row.Rule.FLOAT || exempt(op)) {
      return;
    }
    int count = (int) ((1L << 32) / STRIDE);
    int chunk = Math.min(count, 1 << 18);
    Worst worst = new Worst();
    for (long start = 0; start < count; start += chunk) {
      try (Scope scope = Scope.open()) {
        float[] in = new float[chunk];
        for (int i = 0; i < chunk; i++) {
          in[i] = Float.intBitsToFloat((int) (Integer.MIN_VALUE + (start + i) * STRIDE));
        }
        float[] got = Tensor.apply(op, Tensor.of(in)).toFloats();
        double[] exact = Tensor.apply(op, Tensor.of(in).to(DType.FLOAT64)).toDoubles();
        for (int i = 0; i < chunk; i++) {
          worst.single(got[i], exact[i], in[i]);
        }
      }
    }
    // The fraction that does not cancel has more steps; PyTorch's difference loses all digits.
    worst.check(op.label() + " float32", op == Pointwise.TANHSHRINK ? 4 : 2);
  }

  /**
   * Compositions whose parts are within two units, and angles beyond those that count, and sums.
   */
  private static boolean exempt(Pointwise op) {
    return switch (op) {
      case SIN, COS, TAN, RSQRT, SIGMOID, LOG_SIGMOID, GELU, GELU_TANH -> true;
      case SILU, MISH, SOFTPLUS, ENTR, STIRLING -> true;
      default -> false;
    };
  }

  private static final class Worst {
    private double error;
    private double x;
    private double y;

    void add(double got, BigDecimal exact, double absolute, double atX, double atY) {
      double rounded = exact.doubleValue();
      if (got == rounded) {
        return;
      }
      if (!Double.isFinite(got) || !Double.isFinite(rounded)) {
        put(Double.POSITIVE_INFINITY, atX, atY);
        return;
      }
      BigDecimal miss = new BigDecimal(got).subtract(exact).abs();
      if (miss.doubleValue() > absolute) {
        put(miss.divide(new BigDecimal(Math.ulp(rounded)), DIGITS).doubleValue(), atX, atY);
      }
    }

    void single(float got, double exact, double atX) {
      float rounded = (float) exact;
      if (Float.compare(got, rounded) == 0 || got == rounded) {
        return;
      }
      boolean finite = Float.isFinite(got) && Float.isFinite(rounded);
      double miss = Math.abs(got - exact) / Math.ulp(rounded);
      put(finite ? miss : Double.POSITIVE_INFINITY, atX, 0);
    }

    private void put(double miss, double atX, double atY) {
      if (miss > error) {
        error = miss;
        x = atX;
        y = atY;
      }
    }

    void check(String what, double ulps) {
      LOG.info("{}: {} ulp at {}, {}", what, error, x, y);
      assertThat(error).as("ulp of %s at %s, %s", what, x, y).isLessThanOrEqualTo(ulps);
    }
  }
}
