package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.SpecialFunction;
import io.arclight.tensor.ir.Type;
import java.util.function.UnaryOperator;

/** Meanings of elementwise operations that take more than a line. */
final class Formulas {
  private Formulas() {}

  static Expr zero(Expr like) {
    return constant(like.type(), 0);
  }

  static Expr one(Expr like) {
    return constant(like.type(), 1);
  }

  static Expr half(Expr like) {
    return constant(like.type(), 0.5);
  }

  /** {@code value} in the type of {@code x}. */
  static Expr like(Expr x, double value) {
    return constant(x.type(), value);
  }

  static Expr inverse(Expr x) {
    return div(one(x), x);
  }

  static Expr truth(Expr x) {
    return x.type() == Type.BOOL ? x : ne(x, zero(x));
  }

  /** {@code f} computed in double, of operands of {@code x}'s type. */
  static Expr wide(Expr x, UnaryOperator<Expr> f) {
    return cast(x.type(), f.apply(cast(Type.F64, x)));
  }

  /** The larger; NaN if either is; of equal zeros a. */
  static Expr high(Expr a, Expr b) {
    return max(b, a);
  }

  /** The smaller; NaN if either is; of equal zeros a. */
  static Expr low(Expr a, Expr b) {
    return min(b, a);
  }

  /** Slope 1 where {@code condition} holds, else 0. */
  static Expr gate(Expr x, Expr condition) {
    return select(condition, one(x), zero(x));
  }

  /** 1 / (1 + exp(-x)), from exp of a non-positive number only, so that nothing overflows. */
  static Expr sigmoid(Expr x) {
    Expr e = exp(below(x));
    Expr d = add(one(x), e);
    return select(ge(x, zero(x)), div(one(x), d), div(e, d));
  }

  /** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
  static Expr softplus(Expr x) {
    return add(select(ge(x, zero(x)), x, zero(x)), log1p(exp(below(x))));
  }

  /** -|x|, with the slope of the positive side at 0, so that what is smooth has its derivatives. */
  private static Expr below(Expr x) {
    return select(ge(x, zero(x)), neg(x), x);
  }

  static Expr gelu(Expr x) {
    return call(SpecialFunction.GELU, x);
  }

  /** 0 for NaN. */
  static Expr sign(Expr x) {
    return select(gt(x, zero(x)), one(x), select(lt(x, zero(x)), neg(one(x)), zero(x)));
  }

  /** 0 where x is at most 0, else 1: a gradient passes at NaN. */
  static Expr passed(Expr x) {
    return select(le(x, zero(x)), zero(x), one(x));
  }

  /** 1 where x is positive, else 0. */
  static Expr step(Expr x) {
    return select(gt(x, zero(x)), one(x), zero(x));
  }

  static Expr rounding(Expr.UnaryOp op, Expr x) {
    return x.type().isFloat() ? new Expr.Unary(op, x) : x;
  }

  static Expr isNan(Expr x) {
    return x.type().isFloat() ? Exprs.isNan(x) : FALSE;
  }

  static Expr isInf(Expr x) {
    return x.type().isFloat() ? eq(abs(x), like(x, Double.POSITIVE_INFINITY)) : FALSE;
  }

  static Expr isFinite(Expr x) {
    return x.type().isFloat() ? lt(abs(x), like(x, Double.POSITIVE_INFINITY)) : TRUE;
  }

  /** Whether x is {@code value}, which integers never are. */
  static Expr is(Expr x, double value) {
    return x.type().isFloat() ? eq(x, like(x, value)) : FALSE;
  }

  static Expr isClose(Expr a, Expr b, Expr relative, Expr absolute) {
    Expr apart = abs(sub(a, b));
    Expr allowed = add(absolute, abs(mul(relative, b)));
    return or(eq(a, b), and(isFinite(apart), le(apart, allowed)));
  }

  static Expr hypot(Expr a, Expr b) {
    return call(SpecialFunction.HYPOT, a, b);
  }

  /** From the nearer end, so that a weight of 1 gives b exactly. */
  static Expr lerp(Expr a, Expr b, Expr weight) {
    Expr difference = sub(b, a);
    return select(
        lt(abs(weight), half(a)),
        add(a, mul(weight, difference)),
        sub(b, mul(difference, sub(one(a), weight))));
  }

  static Expr heaviside(Expr x, Expr atZero) {
    return select(eq(x, zero(x)), atZero, step(x));
  }

  /** x log, 0 where x is 0 whatever the logarithm of y is, unless y is NaN. */
  static Expr timesLog(Expr x, Expr y, Expr log) {
    return select(Exprs.isNan(y), y, select(eq(x, zero(x)), zero(x), mul(x, log)));
  }

  /** By x; 0 where both x and the logarithm's limit make the product 0. */
  static Expr timesLogSlope(Expr x, Expr logged, Expr log) {
    return select(and(eq(x, zero(x)), le(logged, zero(x))), zero(x), log);
  }

  /** -x log x, 0 at 0 and minus infinity below. */
  static Expr entr(Expr x) {
    Expr outside = select(eq(x, zero(x)), zero(x), like(x, Double.NEGATIVE_INFINITY));
    Expr value = select(gt(x, zero(x)), neg(mul(x, log(x))), outside);
    return select(Exprs.isNan(x), x, value);
  }

  static Expr logAddExp(Expr a, Expr b) {
    return add(max(a, b), log1p(exp(neg(distance(a, b)))));
  }

  static Expr logAddExp2(Expr a, Expr b) {
    Expr tail = log1p(exp2(neg(distance(a, b))));
    return add(max(a, b), mul(tail, like(a, 1 / Math.log(2))));
  }

  /** |a - b|, 0 also for equal infinities. */
  private static Expr distance(Expr a, Expr b) {
    return select(eq(a, b), zero(a), abs(sub(a, b)));
  }

  static Expr nanToNum(Expr x, Expr nan, Expr high, Expr low) {
    Expr finite = select(is(x, Double.NEGATIVE_INFINITY), low, x);
    return select(Exprs.isNan(x), nan, select(is(x, Double.POSITIVE_INFINITY), high, finite));
  }

  static Expr angle(Expr x) {
    Expr real = select(lt(x, zero(x)), like(x, Math.PI), zero(x));
    return select(Exprs.isNan(x), like(x, Double.NaN), real);
  }

  static Expr logit(Expr x) {
    return wide(x, w -> log(div(w, sub(one(w), w))));
  }

  static Expr logitSlope(Expr x) {
    Expr inside = and(ge(x, zero(x)), le(x, one(x)));
    return select(inside, inverse(mul(x, sub(one(x), x))), like(x, Double.NaN));
  }

  /** A function of pi x from the same of pi x less whole half turns, of which each turns a sign. */
  private static Expr ofPi(UnaryOperator<Expr> f, Expr x) {
    Expr turns = rint(x);
    Expr halved = mul(turns, half(x));
    Expr value = f.apply(mul(like(x, Math.PI), sub(x, turns)));
    return select(eq(floor(halved), halved), value, neg(value));
  }

  static Expr sinc(Expr x) {
    return wide(
        x, w -> select(eq(w, zero(w)), one(w), div(ofPi(Exprs::sin, w), mul(like(w, Math.PI), w))));
  }

  static Expr sincSlope(Expr x) {
    return wide(x, w -> select(eq(w, zero(w)), zero(w), div(sub(ofPi(Exprs::cos, w), sinc(w)), w)));
  }
}
