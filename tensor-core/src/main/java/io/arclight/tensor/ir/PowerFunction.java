package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.abs;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.isNan;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.ne;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.not;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.trunc;

/** x^y = exp(y log x) on F64 values, with the special cases of C99. */
final class PowerFunction {
  private static final Floats F = Floats.DOUBLE;

  private PowerFunction() {}

  /** Precise enough for a result of type {@code precision}. */
  static Expr pow(Expr x, Expr y, Type precision) {
    Expr zero = F.real(0);
    Expr one = F.real(1);
    Expr a = abs(x);
    Expr magnitude =
        precision == Type.F32 ? Exponential.exp(mul(y, Logarithm.log(a))) : power(a, y);
    // 1 to an infinite power.
    magnitude = select(eq(a, one), one, magnitude);

    Expr negative = lt(copySign(one, x), zero);
    Expr half = mul(y, F.real(0.5));
    Expr whole = eq(trunc(y), y);
    Expr odd = and(whole, ne(trunc(half), half));
    Expr value = select(and(negative, odd), neg(magnitude), magnitude);
    Expr finite = and(lt(x, zero), gt(x, F.real(Double.NEGATIVE_INFINITY)));
    value = select(and(finite, not(whole)), F.real(Double.NaN), value);
    value = select(or(isNan(x), isNan(y)), F.real(Double.NaN), value);
    return select(or(eq(y, zero), eq(x, one)), one, value);
  }

  private static Expr power(Expr a, Expr y) {
    Logarithm.Sum log = Logarithm.precise(a);
    Expr product = mul(y, log.high());
    Expr low = fma(y, log.low(), fma(y, log.high(), neg(product)));
    // Past these bounds the result is 0 or infinite whatever the low part, which may be NaN.
    low = select(lt(abs(product), F.real(800)), low, F.real(0));
    Expr infinity = F.real(Double.POSITIVE_INFINITY);
    Expr edge = or(eq(a, F.real(0)), eq(a, infinity));
    // The precise logarithm is for finite a > 0 only.
    Expr limit = select(eq(a, infinity), infinity, F.real(Double.NEGATIVE_INFINITY));
    return Exponential.exp(select(edge, mul(y, limit), product), select(edge, F.real(0), low));
  }
}
