package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.bitcast;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.shl;
import static io.arclight.tensor.ir.Exprs.sub;

/** e^x and what is made of it: x = k ln 2 + r, then a polynomial in r, |r| <= ln 2 / 2. */
final class Exponential {
  private static final double LOG2_E = 1.4426950408889634;

  /** ln 2 as a sum of two floats. */
  private static final double[] LN2_SINGLE = {0.6931472f, -1.9046542e-09f};

  /** ln 2 as a sum of two doubles. */
  private static final double[] LN2_DOUBLE = {0.6931471805599453, 2.3190468138462996e-17};

  /** (e^r - 1 - r) / r^2: relative error of e^r below 2^-27. */
  private static final double[] EXP_SINGLE = {
    0.5, 0.16666542f, 0.041666735f, 0.008366683f, 0.0013909247f
  };

  /** The same with a relative error of e^r - 1 below 2^-30. */
  private static final double[] EXPM1_SINGLE = {
    0.5, 0.16666666f, 0.041666478f, 0.0083335675f, 0.0013933697f, 0.00019742487f
  };

  /** The same for doubles, below 2^-61. */
  private static final double[] EXP_DOUBLE = {
    0.5,
    0.16666666666666677,
    0.0416666666666666,
    0.008333333333321482,
    0.0013888888888928105,
    0.00019841269886455146,
    2.4801587228010554e-05,
    2.755724390880044e-06,
    2.755736154218475e-07,
    2.5109134692258997e-08,
    2.088672385841329e-09
  };

  /** tanh(x) = x + x^3 q(x^2) for |x| < 0.625: relative error below 2^-27. */
  private static final double[] TANH_SINGLE = {
    -0.33333284f, 0.13331483f, -0.05374279f, 0.020648187f, -0.0057143066f
  };

  private Exponential() {}

  private record Reduced(Expr r, Expr k) {}

  private static Reduced reduce(Floats floats, Expr x) {
    double[] ln2 = floats == Floats.SINGLE ? LN2_SINGLE : LN2_DOUBLE;
    Floats.Rounded k = floats.round(x, LOG2_E);
    Expr minusK = neg(k.value());
    Expr r = fma(minusK, floats.real(ln2[0]), x);
    return new Reduced(fma(minusK, floats.real(ln2[1]), r), k.integer());
  }

  static Expr exp(Expr x) {
    return exp(x, floats(x).real(0));
  }

  /** exp(x + low), where low is much smaller than x. */
  static Expr exp(Expr x, Expr low) {
    Floats floats = floats(x);
    // Past these the result is infinite or zero, by the rounding of the last product.
    Expr clamped = floats == Floats.SINGLE ? floats.clamp(x, -104, 89) : floats.clamp(x, -746, 710);
    Reduced reduced = reduce(floats, clamped);
    Expr r = isZero(low) ? reduced.r() : add(reduced.r(), low);
    double[] coefficients = floats == Floats.SINGLE ? EXP_SINGLE : EXP_DOUBLE;
    Expr power = fma(floats.polynomial(r, coefficients), mul(r, r), r);
    return floats.scale(add(power, floats.real(1)), reduced.k());
  }

  /**
   * e^x for x <= 0, where a result below the least normal number is 0: half of the work of {@link
   * #exp}. Adding 127 to the magic number of {@link Floats#round} makes its last bits the exponent
   * of 2^k, which is 0 for 2^-127.
   */
  static Expr decay(Expr x) {
    if (x.type() == Type.F64) {
      return exp(x);
    }
    Floats floats = Floats.SINGLE;
    Expr low = floats.real(-127 * Math.log(2));
    Expr near = select(gt(low, x), low, x);
    Expr magic = floats.real(1.5 * (1 << floats.fraction) + floats.bias);
    Expr shifted = fma(near, floats.real(LOG2_E), magic);
    Expr minusK = sub(magic, shifted);
    Expr r = fma(minusK, floats.real(LN2_SINGLE[0]), near);
    r = fma(minusK, floats.real(LN2_SINGLE[1]), r);
    Expr power = fma(floats.polynomial(r, EXP_SINGLE), mul(r, r), r);
    Expr scale =
        bitcast(floats.type, shl(bitcast(floats.bits, shifted), floats.integer(floats.fraction)));
    return fma(power, scale, scale);
  }

  static Expr exp2(Expr x) {
    Floats floats = floats(x);
    boolean single = floats == Floats.SINGLE;
    Expr clamped = single ? floats.clamp(x, -151, 129) : floats.clamp(x, -1076, 1025);
    Floats.Rounded k = floats.round(clamped, 1);
    Expr r = mul(sub(clamped, k.value()), floats.real(Math.log(2)));
    Expr power = fma(floats.polynomial(r, single ? EXP_SINGLE : EXP_DOUBLE), mul(r, r), r);
    return floats.scale(add(power, floats.real(1)), k.integer());
  }

  /** With t = e^|x| - 1, (t + t / (t + 1)) / 2; or a square where e^|x| might overflow. */
  static Expr sinh(Expr x) {
    Expr a = abs(cast(Type.F64, x));
    Floats floats = Floats.DOUBLE;
    Expr t = expm1(floats.clamp(a, 0, 709));
    Expr small = mul(floats.real(0.5), add(t, div(t, add(t, floats.real(1)))));
    return cast(
        x.type(), copySign(select(lt(a, floats.real(40)), small, far(a)), cast(Type.F64, x)));
  }

  static Expr cosh(Expr x) {
    Expr a = abs(cast(Type.F64, x));
    Floats floats = Floats.DOUBLE;
    Expr half = mul(floats.real(0.5), exp(floats.clamp(a, 0, 709)));
    Expr small = add(half, div(floats.real(0.25), half));
    return cast(x.type(), select(lt(a, floats.real(40)), small, far(a)));
  }

  /** e^a / 2. */
  private static Expr far(Expr a) {
    Expr root = exp(mul(a, Floats.DOUBLE.real(0.5)));
    return mul(mul(Floats.DOUBLE.real(0.5), root), root);
  }

  static Expr expm1(Expr x) {
    Floats floats = floats(x);
    Expr clamped = floats == Floats.SINGLE ? floats.clamp(x, -20, 89) : floats.clamp(x, -40, 710);
    Reduced reduced = reduce(floats, clamped);
    Expr r = reduced.r();
    double[] coefficients = floats == Floats.SINGLE ? EXPM1_SINGLE : EXP_DOUBLE;
    Expr power = fma(floats.polynomial(r, coefficients), mul(r, r), r);
    // Half of 2^k (power + 1) - 1: 2^(k - 1) is representable where 2^k is not.
    Expr scale = floats.powerOfTwo(sub(reduced.k(), floats.integer(1)));
    Expr half = fma(power, scale, sub(scale, floats.real(0.5)));
    Expr tiny = lt(abs(x), floats.real(floats == Floats.SINGLE ? 0x1p-30 : 0x1p-60));
    return select(tiny, x, mul(half, floats.real(2)));
  }

  static Expr tanh(Expr x) {
    Floats floats = floats(x);
    Expr a = abs(x);
    if (floats == Floats.DOUBLE) {
      Expr t = expm1(mul(floats.clamp(a, 0, 20), floats.real(2)));
      return copySign(div(t, add(t, floats.real(2))), x);
    }
    Expr square = mul(a, a);
    Expr small = fma(mul(square, a), floats.polynomial(square, TANH_SINGLE), a);
    Expr power = decay(mul(a, floats.real(-2)));
    Expr large = sub(floats.real(1), div(mul(power, floats.real(2)), add(power, floats.real(1))));
    return copySign(select(lt(a, floats.real(0.625)), small, large), x);
  }

  private static boolean isZero(Expr e) {
    return e.equals(constant(e.type(), 0));
  }

  private static Floats floats(Expr x) {
    return Floats.of(x.type());
  }
}
