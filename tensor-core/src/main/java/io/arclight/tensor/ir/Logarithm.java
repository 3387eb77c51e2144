package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.bitcast;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.shl;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.Exprs.ushr;

/** Logarithms: x = 2^e m with m in [sqrt(1/2), sqrt(2)), then a polynomial in f = m - 1. */
final class Logarithm {
  /** (log(1 + f) - f + f^2 / 2) / f^3: relative error of log(1 + f) below 2^-27. */
  private static final double[] SINGLE = {
    0.33333355f,
    -0.25000852f,
    0.19999766f,
    -0.16621315f,
    0.142281f,
    -0.13203458f,
    0.12615187f,
    -0.07353803f
  };

  /**
   * (2 atanh(s) / s - 2) / s^2 as a polynomial in s^2, to 2^-64 once the first is made exact, where
   * 2 atanh(f / (2 + f)) = log(1 + f).
   */
  private static final double[] DOUBLE = {
    0.6666666666666666,
    0.4000000000000238,
    0.28571428570050406,
    0.2222222252760379,
    0.1818178376573842,
    0.153867825183001,
    0.13256278059562862,
    0.13200981300951128
  };

  private static final double[] LN2_SINGLE = {0.6931472f, -1.9046542e-09f};
  private static final double[] LN2_DOUBLE = {0.6931471805599453, 2.3190468138462996e-17};

  /** ln 2 in 42 bits, so that its product with an exponent is exact, and the rest. */
  private static final double[] LN2_SHORT = {0x1.62e42fefa38p-1, 5.497923018708371e-14};

  /** 2/3 as a sum of two doubles. */
  private static final double[] TWO_THIRDS = {0.6666666666666666, 3.700743415417188e-17};

  /** 1 / ln 2 and 1 / ln 10, each a sum of two doubles. */
  static final double[] LOG2_E = {1.4426950408889634, 2.0355273740931033e-17};

  static final double[] LOG10_E = {0.4342944819032518, 1.098319650216765e-17};

  private Logarithm() {}

  /** x = 2^exponent (1 + f); {@code scale} is 2^-exponent, or so where that is too small. */
  private record Parts(Expr exponent, Expr f, Expr scale) {}

  /** A value as an unevaluated sum. */
  record Sum(Expr high, Expr low) {}

  static Expr log(Expr x) {
    Floats floats = Floats.of(x.type());
    Parts parts = split(floats, x);
    return special(floats, x, log(floats, parts.exponent(), parts.f()));
  }

  /** log(x) times {@code factor}: the logarithm to another base, exact for powers of 2 in that. */
  static Expr log(Expr x, double[] factor) {
    Floats wide = Floats.DOUBLE;
    Expr w = cast(Type.F64, x);
    if (x.type() == Type.F32) {
      return cast(x.type(), mul(log(w), wide.real(factor[0])));
    }
    Sum log = precise(w);
    Expr product = mul(log.high(), wide.real(factor[0]));
    Expr error = fma(log.high(), wide.real(factor[0]), neg(product));
    Expr low = fma(log.high(), wide.real(factor[1]), mul(log.low(), wide.real(factor[0])));
    return special(wide, w, add(product, add(error, low)));
  }

  /** log(1 + x): what rounding 1 + x loses is added to the fraction. */
  static Expr log1p(Expr x) {
    Floats floats = Floats.of(x.type());
    Expr one = floats.real(1);
    Expr u = add(one, x);
    Expr large = gt(x, one);
    Expr lost = sub(select(large, one, x), sub(u, select(large, x, one)));
    Parts parts = split(floats, u);
    Expr f = fma(lost, parts.scale(), parts.f());
    Expr value = special(floats, u, log(floats, parts.exponent(), f));
    return select(eq(x, floats.real(0)), x, value);
  }

  private static Parts split(Floats floats, Expr x) {
    boolean single = floats == Floats.SINGLE;
    int up = floats.fraction + 1;
    Expr subnormal = lt(x, floats.real(single ? Float.MIN_NORMAL : Double.MIN_NORMAL));
    Expr normal = select(subnormal, mul(x, floats.real(1L << up)), x);
    Expr start = bitcast(floats.bits, floats.real(Math.sqrt(0.5)));
    Expr offset = sub(bitcast(floats.bits, normal), start);
    // Kept positive: vectors of 64-bit integers have no arithmetic shift before AVX-512.
    long lift = floats.bias + 1L;
    Expr lifted =
        ushr(add(offset, floats.integer(lift << floats.fraction)), floats.integer(floats.fraction));
    Expr mantissa = add(and(offset, floats.integer((1L << floats.fraction) - 1)), start);
    Expr f = sub(bitcast(floats.type, mantissa), floats.real(1));
    Expr exponent = sub(number(floats, lifted), floats.real(lift));
    Expr largest = floats.integer(lift + floats.bias - 1);
    Expr inverse = sub(floats.integer(lift + floats.bias), min(lifted, largest));
    return new Parts(
        sub(exponent, select(subnormal, floats.real(up), floats.real(0))),
        f,
        bitcast(floats.type, shl(inverse, floats.integer(floats.fraction))));
  }

  /** A small non-negative integer as a float; there are no vector casts of I64 before AVX-512. */
  private static Expr number(Floats floats, Expr integer) {
    if (floats == Floats.SINGLE) {
      return cast(Type.F32, integer);
    }
    Expr magic = floats.real(0x1p52);
    return sub(bitcast(Type.F64, or(integer, bitcast(Type.I64, magic))), magic);
  }

  private static Expr log(Floats floats, Expr exponent, Expr f) {
    if (floats == Floats.SINGLE) {
      Expr tail = fma(f, floats.tree(f, SINGLE), floats.real(-0.5));
      Expr value = fma(mul(f, f), tail, f);
      value = fma(exponent, floats.real(LN2_SINGLE[1]), value);
      return fma(exponent, floats.real(LN2_SINGLE[0]), value);
    }
    Expr half = mul(mul(f, f), floats.real(0.5));
    Expr s = div(f, add(f, floats.real(2)));
    Expr z = mul(s, s);
    Expr tail = mul(z, floats.polynomial(z, DOUBLE));
    Expr small = fma(s, add(half, tail), mul(exponent, floats.real(LN2_DOUBLE[1])));
    return fma(exponent, floats.real(LN2_DOUBLE[0]), sub(f, sub(half, small)));
  }

  /** log(x) in about 70 bits, for x > 0; for pow. */
  static Sum precise(Expr x) {
    Floats floats = Floats.DOUBLE;
    Parts parts = split(floats, x);
    Expr f = parts.f();
    Expr two = floats.real(2);
    Expr divisor = add(two, f);
    Expr divisorLow = sub(f, sub(divisor, two));
    Expr reciprocal = div(floats.real(1), divisor);
    Expr s = mul(f, reciprocal);
    Expr minusS = neg(s);
    Expr sLow = mul(fma(minusS, divisorLow, fma(minusS, divisor, f)), reciprocal);
    Expr z = mul(s, s);
    Expr zLow = fma(mul(two, s), sLow, fma(s, s, neg(z)));
    // w = z (2/3 + z rest)
    double[] rest = DOUBLE.clone();
    rest[0] = TWO_THIRDS[1];
    Expr first = floats.real(TWO_THIRDS[0]);
    Expr w = mul(z, first);
    Expr wLow = fma(z, floats.polynomial(z, rest), fma(zLow, first, fma(z, first, neg(w))));
    // log(1 + f) = 2 s + s w
    Expr product = mul(s, w);
    Expr productLow = fma(s, wLow, fma(sLow, w, fma(s, w, neg(product))));
    Expr twice = mul(two, s);
    Expr high = add(twice, product);
    Expr low = add(sub(product, sub(high, twice)), fma(two, sLow, productLow));
    // The exponent's part is zero or the larger.
    Expr whole = mul(parts.exponent(), floats.real(LN2_SHORT[0]));
    Expr sum = add(whole, high);
    Expr error = select(eq(whole, floats.real(0)), floats.real(0), sub(high, sub(sum, whole)));
    return new Sum(sum, add(error, fma(parts.exponent(), floats.real(LN2_SHORT[1]), low)));
  }

  private static Expr special(Floats floats, Expr x, Expr log) {
    Expr infinity = floats.real(Double.POSITIVE_INFINITY);
    Expr zero = floats.real(0);
    Expr outside =
        select(eq(x, zero), floats.real(Double.NEGATIVE_INFINITY), floats.real(Double.NaN));
    return select(gt(x, zero), select(lt(x, infinity), log, x), outside);
  }
}
