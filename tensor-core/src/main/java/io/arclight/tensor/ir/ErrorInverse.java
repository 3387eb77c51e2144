package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.log;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sqrt;
import static io.arclight.tensor.ir.Exprs.sub;

/** Inverses of the error function and of the normal distribution, on F64 values. */
final class ErrorInverse {
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;
  private static final Floats F = Floats.DOUBLE;

  /** erfinv(x) / x in x^2 for |x| <= 1/2. */
  private static final double[] CENTER = {
    0.886226925452758,
    0.23201366653465907,
    0.1275561753044084,
    0.08655212936268364,
    0.06495961132717862,
    0.05173148498700453,
    0.042832578482160585,
    0.036522988083139016,
    0.031145242581416724,
    0.03159332043375326,
    0.008446011584224939,
    0.07345020539520401,
    -0.07607360776328573,
    0.11314166859159029
  };

  /** The y with erfc(y) = q over s = sqrt(-log(q (2 - q))), in (s - 3) / (s + 3), to 2^-16. */
  private static final double[] TAIL = {
    0.944259842853431,
    0.11689768435709444,
    -0.03354511130316707,
    -0.13755219928033335,
    0.18098929931871247,
    0.16014050207624203,
    -0.5300119646770859,
    -0.10985639861494968,
    0.9190919266230871,
    -0.009563877368279801,
    -0.8515694687120307,
    0.04838306099630869,
    0.31542917807768417
  };

  private ErrorInverse() {}

  private static Expr center(Expr x) {
    return mul(x, F.polynomial(mul(x, x), CENTER));
  }

  /** The y with erfc(y) = q, for 0 < q <= 1/2: a start, and one step of Halley's for log erfc. */
  private static Expr tail(Expr q) {
    Expr log = log(q);
    Expr s = sqrt(neg(add(log, log(sub(F.real(2), q)))));
    Expr t = sub(F.real(1), div(F.real(6), add(s, F.real(3))));
    Expr y = mul(s, F.polynomial(t, TAIL));
    Expr scaled = ErrorComplement.scaledTail(y);
    Expr slope = div(F.real(TWO_OVER_SQRT_PI), scaled);
    Expr miss = sub(sub(log(scaled), log), mul(y, y));
    Expr step = div(neg(miss), slope);
    Expr bend = mul(F.real(0.5), sub(add(y, y), slope));
    return sub(y, div(step, fma(step, bend, F.real(1))));
  }

  static Expr erfinv(Expr x) {
    Expr a = abs(x);
    Expr far = copySign(tail(sub(F.real(1), a)), x);
    Expr value = select(gt(a, F.real(0.5)), far, center(x));
    Expr infinity = copySign(F.real(Double.POSITIVE_INFINITY), x);
    return outside(a, select(eq(a, F.real(1)), infinity, value));
  }

  static Expr ndtri(Expr p) {
    Expr upper = sub(F.real(1), p);
    Expr nearer = min(p, upper);
    Expr far = copySign(tail(mul(F.real(2), nearer)), sub(p, F.real(0.5)));
    Expr near = center(sub(mul(F.real(2), p), F.real(1)));
    Expr value = mul(F.real(Math.sqrt(2)), select(lt(nearer, F.real(0.25)), far, near));
    Expr infinity = copySign(F.real(Double.POSITIVE_INFINITY), sub(p, F.real(0.5)));
    value = select(eq(nearer, F.real(0)), infinity, value);
    return select(lt(nearer, F.real(0)), F.real(Double.NaN), value);
  }

  private static Expr outside(Expr a, Expr value) {
    return select(gt(a, F.real(1)), F.real(Double.NaN), value);
  }
}
