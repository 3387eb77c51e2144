package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.mul;

import java.util.List;

/**
 * Functions beyond the IR's operations: each with its expansion into those, and its derivatives.
 *
 * <p>Most expansions compute in F64 whatever the type, so that F32 results are rounded once.
 */
public enum SpecialFunction {
  EXP2(typed(x -> Exponential.exp2(x[0])), x -> mul(real(x, Math.log(2)), call("EXP2", x))),
  LOG2(
      typed(x -> Logarithm.log(x[0], Logarithm.LOG2_E)),
      x -> div(real(x, 1 / Math.log(2)), x[0])),
  LOG10(
      typed(x -> Logarithm.log(x[0], Logarithm.LOG10_E)),
      x -> div(real(x, 1 / Math.log(10)), x[0])),
  SINH(typed(x -> Exponential.sinh(x[0])), x -> call("COSH", x)),
  COSH(typed(x -> Exponential.cosh(x[0])), x -> call("SINH", x)),
  HYPOT(
      typed(x -> Hypotenuse.hypot(x[0], x[1])),
      x -> div(x[0], call("HYPOT", x)),
      x -> div(x[1], call("HYPOT", x)));

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

  private static Expr real(Expr[] like, double value) {
    return constant(like[0].type(), value);
  }

  private static Expr call(String name, Expr... x) {
    return Exprs.call(valueOf(name), x);
  }

  Expr expansion(List<Expr> arguments) {
    return expansion.of(arguments.toArray(new Expr[0]));
  }

  /** The derivative by argument {@code i}. */
  Expr slope(int i, List<Expr> arguments) {
    if (slopes[i] == null) {
      throw new IllegalArgumentException(name() + " has no derivative by its argument " + i);
    }
    return slopes[i].of(arguments.toArray(new Expr[0]));
  }
}
