package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.isNan;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.ne;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

/**
 * Trigonometric functions of F64 arguments: x = k pi/2 + r, then polynomials in r, |r| <= pi/4.
 *
 * <p>Three doubles of pi/2 hold 160 bits, so the reduction of a float is good to the last place for
 * |x| < 2^46, that of a double to 2^-53 absolutely, and relatively unless x is within 2^-20 |x| eps
 * of a multiple of pi/2. Beyond 2^46, where neighbouring floats are millions of periods apart, the
 * result is some value in the function's range.
 */
final class Trigonometry {
  private static final double TWO_OVER_PI = 0.6366197723675814;
  private static final double[] HALF_PI = {
    1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33
  };
  private static final double[] PI = {3.141592653589793, 1.2246467991473532e-16};
  private static final double[] QUARTER_PI = {0.7853981633974483, 3.061616997868383e-17};

  /** (sin(r) / r - 1) / r^2 in r^2, to 2^-28 (for F32 results) and 2^-58. */
  private static final double[] SIN_SHORT = {
    -0.1666665493946491, 0.008332177873275252, -0.00019517256622226254
  };

  private static final double[] SIN_LONG = {
    -0.16666666666666632,
    0.008333333333322486,
    -0.00019841269829853295,
    2.7557313704993448e-06,
    -2.505075987233226e-08,
    1.5896885252118968e-10
  };

  /** (cos(r) - 1 + r^2 / 2) / r^4 in r^2, to 2^-33 and 2^-64. */
  private static final double[] COS_SHORT = {
    0.04166664685266672, -0.0013887366847234173, 2.443837348232316e-05
  };

  private static final double[] COS_LONG = {
    0.0416666666666666,
    -0.0013888888888874472,
    2.4801587289669077e-05,
    -2.755731440003642e-07,
    2.0875729110046324e-09,
    -1.1359923600635407e-11
  };

  /** (atan(t) / t - 1) / t^2 in t^2 for |t| <= tan(pi/8), to 2^-57. */
  private static final double[] ATAN = {
    -0.33333333333333187,
    0.19999999999951726,
    -0.14285714280034784,
    0.11111110776280611,
    -0.090908975712081,
    0.07692057180143205,
    -0.06663072200911337,
    0.05847673777800005,
    -0.05038396164894726,
    0.038042862172097,
    -0.017884784482482353
  };

  private static final Floats F = Floats.DOUBLE;

  private Trigonometry() {}

  /** Sine and cosine of the reduced argument, and the number of quarter turns taken off. */
  private record Quarter(Expr sin, Expr cos, Expr turns) {}

  private static Quarter quarter(Expr x, Type precision) {
    boolean brief = precision == Type.F32;
    Floats.Rounded k = F.round(x, TWO_OVER_PI);
    Expr minusK = neg(k.value());
    Expr r = x;
    for (double part : HALF_PI) {
      r = fma(minusK, F.real(part), r);
    }
    r = F.clamp(r, -0.79, 0.79);
    Expr z = mul(r, r);
    Expr sin = fma(mul(z, r), F.polynomial(z, brief ? SIN_SHORT : SIN_LONG), r);
    Expr tail = fma(z, F.polynomial(z, brief ? COS_SHORT : COS_LONG), F.real(-0.5));
    return new Quarter(sin, fma(z, tail, F.real(1)), k.integer());
  }

  /** Sine of an F64 value, precise enough for a result of type {@code precision}. */
  static Expr sin(Expr x, Type precision) {
    Quarter quarter = quarter(x, precision);
    Expr value = turned(quarter.sin(), quarter.cos(), quarter.turns());
    return select(eq(x, F.real(0)), x, value);
  }

  static Expr cos(Expr x, Type precision) {
    Quarter quarter = quarter(x, precision);
    return turned(quarter.sin(), quarter.cos(), add(quarter.turns(), F.integer(1)));
  }

  static Expr tan(Expr x, Type precision) {
    Quarter quarter = quarter(x, precision);
    Expr odd = bit(quarter.turns(), 1);
    Expr numerator = select(odd, neg(quarter.cos()), quarter.sin());
    Expr value = div(numerator, select(odd, quarter.sin(), quarter.cos()));
    return select(eq(x, F.real(0)), x, value);
  }

  private static Expr turned(Expr sin, Expr cos, Expr turns) {
    Expr value = select(bit(turns, 1), cos, sin);
    return select(bit(turns, 2), neg(value), value);
  }

  private static Expr bit(Expr integer, long bit) {
    return ne(and(integer, F.integer(bit)), F.integer(0));
  }

  /** The angle of the point (x, y), in (-pi, pi]; F64. */
  static Expr atan2(Expr y, Expr x) {
    Expr zero = F.real(0);
    Expr ay = abs(y);
    Expr ax = abs(x);
    Expr steep = gt(ay, ax);
    // Halved where their sum could overflow.
    Expr shrink = select(gt(select(steep, ay, ax), F.real(0x1p1022)), F.real(0x1p-2), F.real(1));
    Expr small = mul(select(steep, ax, ay), shrink);
    Expr large = mul(select(steep, ay, ax), shrink);
    // Above tan(pi/8): atan(s / l) = pi/4 + atan((s - l) / (s + l)).
    Expr bothInfinite = eq(small, F.real(Double.POSITIVE_INFINITY));
    Expr upper = or(bothInfinite, gt(small, mul(large, F.real(Math.sqrt(2) - 1))));
    Expr numerator = select(upper, sub(small, large), small);
    Expr denominator = select(upper, add(small, large), large);
    // Zero over zero counts as zero over one, infinity over infinity as one over one.
    Expr same = eq(small, large);
    Expr quotient = div(select(same, zero, numerator), select(same, F.real(1), denominator));
    Expr z = mul(quotient, quotient);
    Expr angle = fma(mul(z, quotient), F.polynomial(z, ATAN), quotient);
    Expr lifted = add(add(angle, F.real(QUARTER_PI[1])), F.real(QUARTER_PI[0]));
    angle = select(upper, lifted, angle);
    angle = select(steep, sub(F.real(HALF_PI[0]), sub(angle, F.real(HALF_PI[1]))), angle);
    Expr left = lt(copySign(F.real(1), x), zero);
    angle = select(left, sub(F.real(PI[0]), sub(angle, F.real(PI[1]))), angle);
    return select(or(isNan(x), isNan(y)), add(x, y), copySign(angle, y));
  }
}
