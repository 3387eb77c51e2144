package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.cos;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.ge;
import static io.arclight.tensor.ir.Exprs.log;
import static io.arclight.tensor.ir.Exprs.log1p;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.rint;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sin;
import static io.arclight.tensor.ir.Exprs.sub;

/** The logarithm of the gamma function and its derivative, on F64 values. */
final class GammaFunction {
  private static final Floats F = Floats.DOUBLE;
  private static final double HALF_LOG_TWO_PI = 0.9189385332046727;

  /** From here on the asymptotic series are used; below, recurrences lead to where others are. */
  private static final int ASYMPTOTIC = 8;

  /** log(gamma(2 + z)) / z for |z| <= 1/2. */
  private static final double[] NEAR_TWO = {
    0.42278433509846713,
    0.3224670334241132,
    -0.06735230105319563,
    0.02058080842778338,
    -0.007385551028935545,
    0.002890510330865901,
    -0.0011927539009983087,
    0.0005096695196526673,
    -0.00022315497746292723,
    9.945761692157133e-05,
    -4.4923727564247656e-05,
    2.050601970174762e-05,
    -9.45628851510172e-06,
    4.3828545383846665e-06,
    -1.9743106888421067e-06,
    9.242852225162277e-07,
    -5.811277768921246e-07,
    2.7475390051909663e-07
  };

  /** Stirling's series: B(2k) / (2k (2k - 1)). */
  private static final double[] STIRLING = {
    0.08333333333333333,
    -0.002777777777777778,
    0.0007936507936507937,
    -0.0005952380952380953,
    0.0008417508417508417,
    -0.0019175269175269176,
    0.00641025641025641,
    -0.029550653594771242,
    0.17964437236883057,
    -1.3924322169059011
  };

  /** The same for the derivative: B(2k) / 2k. */
  private static final double[] DIGAMMA = {
    0.08333333333333333,
    -0.008333333333333333,
    0.003968253968253968,
    -0.004166666666666667,
    0.007575757575757576,
    -0.021092796092796094,
    0.08333333333333333,
    -0.4432598039215686,
    3.0539543302701198,
    -26.456212121212122
  };

  private GammaFunction() {}

  static Expr lgamma(Expr x) {
    Expr reflected = sub(F.real(1), x);
    Expr below = lt(x, F.real(0));
    Expr value = positive(select(below, reflected, x));
    Expr mirror = sub(log(div(F.real(Math.PI), abs(sin(turn(x))))), value);
    Expr infinity = F.real(Double.POSITIVE_INFINITY);
    return select(eq(abs(x), infinity), infinity, select(below, mirror, value));
  }

  /** For x >= 0; infinity gives NaN. */
  private static Expr positive(Expr x) {
    // Down to [1.5, 2.5) by x - 1, x - 2, ...; up to it by x, x + 1.
    Expr z = sub(x, F.real(2));
    Expr product = F.real(1);
    Expr factor = x;
    for (int i = 1; i <= ASYMPTOTIC - 2; i++) {
      Expr more = ge(x, F.real(i + 1.5));
      factor = sub(x, F.real(i));
      product = select(more, mul(product, factor), product);
      z = select(more, sub(x, F.real(i + 2)), z);
    }
    z = select(lt(x, F.real(1.5)), sub(x, F.real(1)), z);
    z = select(lt(x, F.real(0.5)), x, z);
    Expr raised = select(lt(x, F.real(0.5)), mul(x, add(x, F.real(1))), x);
    Expr up = lt(x, F.real(1.5));
    Expr large = ge(x, F.real(ASYMPTOTIC));
    Expr log = log(select(large, x, select(up, raised, product)));
    Expr polynomial = mul(z, F.polynomial(z, NEAR_TWO));
    Expr near = add(polynomial, select(up, mul(F.real(-1), log), log));
    return select(large, stirling(x, log), near);
  }

  private static Expr stirling(Expr x, Expr log) {
    Expr main = mul(sub(x, F.real(0.5)), sub(log, F.real(1)));
    return add(main, add(F.real(HALF_LOG_TWO_PI - 0.5), correction(x)));
  }

  /** What Stirling's formula lacks for x >= 8: 1 / 12x - ... */
  static Expr correction(Expr x) {
    Expr inverse = div(F.real(1), x);
    return mul(inverse, F.polynomial(mul(inverse, inverse), STIRLING));
  }

  /** log(gamma(1 + a)), to the last place also for tiny a; for a >= 0. */
  static Expr lgammaOfOnePlus(Expr a) {
    Expr small = sub(mul(a, F.polynomial(a, NEAR_TWO)), log1p(a));
    return select(lt(a, F.real(0.5)), small, positive(add(F.real(1), a)));
  }

  static Expr digamma(Expr x) {
    Expr below = lt(x, F.real(0));
    Expr y = select(below, sub(F.real(1), x), x);
    Expr sum = F.real(0);
    Expr shifted = y;
    for (int i = 0; i < ASYMPTOTIC; i++) {
      Expr more = lt(shifted, F.real(ASYMPTOTIC));
      sum = select(more, add(sum, div(F.real(1), shifted)), sum);
      shifted = select(more, add(shifted, F.real(1)), shifted);
    }
    Expr inverse = div(F.real(1), shifted);
    Expr square = mul(inverse, inverse);
    Expr series = add(mul(F.real(0.5), inverse), mul(square, F.polynomial(square, DIGAMMA)));
    Expr value = sub(sub(log(shifted), series), sum);
    Expr angle = turn(x);
    Expr mirror = sub(value, div(mul(F.real(Math.PI), cos(angle)), sin(angle)));
    Expr result = select(below, mirror, value);
    Expr pole = eq(sin(angle), F.real(0));
    Expr zero = eq(x, F.real(0));
    Expr infinite = copySign(F.real(Double.NEGATIVE_INFINITY), mul(F.real(-1), x));
    Expr defined = select(pole, F.real(Double.NaN), result);
    return select(zero, infinite, select(below, defined, value));
  }

  /** pi x less whole multiples of pi, which the subtraction takes off exactly. */
  private static Expr turn(Expr x) {
    return mul(F.real(Math.PI), sub(x, rint(x)));
  }
}
