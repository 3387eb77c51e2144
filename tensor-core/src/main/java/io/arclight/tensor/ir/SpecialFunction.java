package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.copySign;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.exp;
import static io.arclight.tensor.ir.Exprs.log;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import java.util.List;

/**
 * Functions beyond the IR's operations: each with its expansion into those, and its derivatives.
 *
 * <p>Most expansions compute in F64 whatever the type, so that F32 results are rounded once.
 */
public enum SpecialFunction {
  /** e^x for x <= 0, which is 0 where it would be subnormal. */
  DECAY(typed(x -> Exponential.decay(x[0])), x -> call("DECAY", x)),
  EXP2(typed(x -> Exponential.exp2(x[0])), x -> mul(real(x, Math.log(2)), call("EXP2", x))),
  LOG2(typed(x -> Logarithm.log(x[0], Logarithm.LOG2_E)), x -> div(real(x, 1 / Math.log(2)), x[0])),
  LOG10(
      typed(x -> Logarithm.log(x[0], Logarithm.LOG10_E)),
      x -> div(real(x, 1 / Math.log(10)), x[0])),
  SINH(typed(x -> Exponential.sinh(x[0])), x -> call("COSH", x)),
  COSH(typed(x -> Exponential.cosh(x[0])), x -> call("SINH", x)),
  HYPOT(
      typed(x -> Hypotenuse.hypot(x[0], x[1])),
      x -> div(x[0], call("HYPOT", x)),
      x -> div(x[1], call("HYPOT", x))),

  ERFC(
      wide(x -> ErrorComplement.erfc(x[0])),
      x -> mul(real(x, -2 / Math.sqrt(Math.PI)), exp(neg(mul(x[0], x[0]))))),
  /** exp(x^2) erfc(x). */
  ERFCX(
      wide(x -> ErrorComplement.erfcx(x[0])),
      x -> sub(mul(add(x[0], x[0]), call("ERFCX", x)), real(x, 2 / Math.sqrt(Math.PI)))),
  ERFINV(
      wide(x -> ErrorInverse.erfinv(x[0])),
      x -> mul(real(x, Math.sqrt(Math.PI) / 2), exp(square(call("ERFINV", x))))),
  /** The normal distribution. */
  NDTR(wide(x -> ErrorComplement.ndtr(x[0])), SpecialFunction::normalDensity),
  /** The same as GELU needs it, see {@link NormalGate}. */
  NORMAL_GATE(typed(x -> NormalGate.of(x[0])), SpecialFunction::normalDensity),
  /** x times the normal distribution. */
  GELU(
      typed(x -> NormalGate.gelu(x[0])),
      x -> add(call("NORMAL_GATE", x), mul(x[0], normalDensity(x)))),
  LOG_NDTR(
      wide(x -> ErrorComplement.logNdtr(x[0])),
      x ->
          div(real(x, Math.sqrt(2 / Math.PI)), call("ERFCX", mul(real(x, -Math.sqrt(0.5)), x[0])))),
  NDTRI(
      wide(x -> ErrorInverse.ndtri(x[0])),
      x -> mul(real(x, Math.sqrt(2 * Math.PI)), exp(mul(real(x, 0.5), square(call("NDTRI", x)))))),

  LGAMMA(wide(x -> GammaFunction.lgamma(x[0])), x -> call("DIGAMMA", x)),
  DIGAMMA(wide(x -> GammaFunction.digamma(x[0])), x -> call("ZETA", real(x, 2), x[0])),
  /** Hurwitz's zeta function of s and q. */
  ZETA(
      wide(x -> Zeta.zeta(x[0], x[1])),
      null,
      x -> neg(mul(x[0], call("ZETA", add(x[0], real(x, 1)), x[1])))),
  /** The regularised lower incomplete gamma function of a and x. */
  IGAMMA(wide(x -> IncompleteGamma.lower(x[0], x[1])), null, x -> gammaDensity(x[0], x[1])),
  IGAMMAC(wide(x -> IncompleteGamma.upper(x[0], x[1])), null, x -> neg(gammaDensity(x[0], x[1]))),

  I0(wide(x -> Bessel.i0(x[0])), x -> call("I1", x)),
  I1(wide(x -> Bessel.i1(x[0])), x -> atZero(x[0], sub(call("I0", x), div(call("I1", x), x[0])))),
  /** exp(-|x|) I0(x). */
  I0E(wide(x -> Bessel.i0e(x[0])), x -> sub(call("I1E", x), mul(sign(x[0]), call("I0E", x)))),
  /** exp(-|x|) I1(x). */
  I1E(
      wide(x -> Bessel.i1e(x[0])),
      x ->
          atZero(
              x[0],
              sub(call("I0E", x), mul(call("I1E", x), add(sign(x[0]), div(real(x, 1), x[0]))))));

  /** An expression over arguments of one type. */
  @FunctionalInterface
  interface Body {
    Expr of(Expr... x);
  }

  private final Body expansion;
  private final Body[] slopes;

  /** {@code slopes} are by argument, null where there is none. */
  SpecialFunction(Body expansion, Body... slopes) {
    this.expansion = expansion;
    this.slopes = slopes;
  }

  /** Given the arguments' own type. */
  private static Body typed(Body body) {
    return body;
  }

  /** Given F64, rounded to the arguments' type. */
  private static Body wide(Body body) {
    return x -> {
      Expr[] w = new Expr[x.length];
      for (int i = 0; i < x.length; i++) {
        w[i] = cast(Type.F64, x[i]);
      }
      return cast(x[0].type(), body.of(w));
    };
  }

  private static Expr square(Expr x) {
    return mul(x, x);
  }

  private static Expr normalDensity(Expr... x) {
    return mul(real(x, 1 / Math.sqrt(2 * Math.PI)), exp(mul(real(x, -0.5), square(x[0]))));
  }

  private static Expr sign(Expr x) {
    Expr zero = constant(x.type(), 0);
    return select(eq(x, zero), zero, copySign(constant(x.type(), 1), x));
  }

  /** 1/2 at 0, as I1 and I1E grow. */
  private static Expr atZero(Expr x, Expr slope) {
    return select(eq(x, constant(x.type(), 0)), constant(x.type(), 0.5), slope);
  }

  /** x^(a - 1) e^-x / gamma(a). */
  private static Expr gammaDensity(Expr a, Expr x) {
    Expr less = sub(a, constant(a.type(), 1));
    return exp(sub(sub(mul(less, log(x)), x), call("LGAMMA", a)));
  }

  private static Expr real(Expr[] like, double value) {
    return constant(like[0].type(), value);
  }

  private static Expr call(String name, Expr... x) {
    return Exprs.call(valueOf(name), x);
  }

  int arity() {
    return slopes.length;
  }

  Expr expansion(List<Expr> arguments) {
    return expansion.of(arguments.toArray(new Expr[0]));
  }

  /** The derivative by argument {@code i}; null where there is none. */
  Expr slope(int i, List<Expr> arguments) {
    return slopes[i] == null ? null : slopes[i].of(arguments.toArray(new Expr[0]));
  }
}
