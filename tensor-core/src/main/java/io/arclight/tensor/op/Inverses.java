package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.Formulas.inverse;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.wide;

import io.arclight.tensor.ir.Expr;

/** Inverses of the trigonometric and hyperbolic functions. */
final class Inverses {
  private Inverses() {}

  /** sqrt(1 - x^2) without the loss near 1. */
  private static Expr coside(Expr x) {
    return sqrt(mul(sub(one(x), x), add(one(x), x)));
  }

  static Expr asin(Expr x) {
    return wide(x, w -> atan2(w, coside(w)));
  }

  static Expr acos(Expr x) {
    return wide(x, w -> atan2(coside(w), w));
  }

  static Expr asinSlope(Expr x) {
    return inverse(coside(x));
  }

  static Expr atan(Expr x) {
    return atan2(x, one(x));
  }

  /** log(a + sqrt(a^2 + 1)) of the magnitude a, through a - 1 + sqrt(a^2 + 1). */
  static Expr asinh(Expr x) {
    return wide(
        x,
        w -> {
          Expr a = abs(w);
          Expr square = mul(a, a);
          Expr root = sqrt(add(square, one(a)));
          Expr small = log1p(add(a, div(square, add(one(a), root))));
          return copySign(select(lt(a, far(a)), small, farLog(a)), w);
        });
  }

  static Expr acosh(Expr x) {
    return wide(
        x,
        w -> {
          Expr t = sub(w, one(w));
          Expr near = log1p(add(t, sqrt(mul(t, add(t, constant(w.type(), 2))))));
          Expr value = select(lt(w, far(w)), near, farLog(w));
          return select(lt(w, one(w)), constant(w.type(), Double.NaN), value);
        });
  }

  static Expr acoshSlope(Expr x) {
    return inverse(sqrt(mul(sub(x, one(x)), add(x, one(x)))));
  }

  static Expr atanh(Expr x) {
    return wide(
        x,
        w -> {
          Expr a = abs(w);
          Expr twice = add(a, a);
          Expr log = log1p(div(twice, sub(one(a), a)));
          return copySign(mul(constant(w.type(), 0.5), log), w);
        });
  }

  /** Where the square is so large that adding 1 has no effect. */
  private static Expr far(Expr x) {
    return constant(x.type(), 0x1p28);
  }

  /** log(2x). */
  private static Expr farLog(Expr x) {
    return add(log(x), constant(x.type(), Math.log(2)));
  }
}
