package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;

/**
 * Inverses of the trigonometric and hyperbolic functions of complex numbers, after Kahan: by roots
 * whose signs of zero tell the sides of a branch cut apart. For values in F64; infinities are as in
 * C99.
 */
final class ComplexInverses {
  /** From where on adding 1 to a square has no effect, and squares may overflow. */
  private static final double FAR = 0x1p30;

  private ComplexInverses() {}

  static ComplexExpr asin(ComplexExpr z) {
    ComplexExpr below = below(z).sqrt();
    ComplexExpr above = z.plus(1).sqrt();
    ComplexExpr near =
        new ComplexExpr(
            atan2(z.re(), below.times(above).re()), Inverses.asinh(below.conj().times(above).im()));
    ComplexExpr far = new ComplexExpr(atan2(z.re(), abs(z.im())), copySign(logOfTwice(z), z.im()));
    return chosen(z, far, near);
  }

  static ComplexExpr acos(ComplexExpr z) {
    ComplexExpr below = below(z).sqrt();
    ComplexExpr above = z.plus(1).sqrt();
    ComplexExpr near =
        new ComplexExpr(
            mul(z.number(2), atan2(below.re(), above.re())),
            Inverses.asinh(above.conj().times(below).im()));
    ComplexExpr far =
        new ComplexExpr(atan2(abs(z.im()), z.re()), copySign(logOfTwice(z), neg(z.im())));
    return chosen(z, far, near);
  }

  static ComplexExpr acosh(ComplexExpr z) {
    ComplexExpr below = z.plus(-1).sqrt();
    ComplexExpr above = z.plus(1).sqrt();
    ComplexExpr near =
        new ComplexExpr(
            Inverses.asinh(below.conj().times(above).re()),
            mul(z.number(2), atan2(below.im(), above.re())));
    ComplexExpr far = new ComplexExpr(logOfTwice(z), atan2(z.im(), z.re()));
    return chosen(z, far, near);
  }

  /** asinh z = -i asin(i z). */
  static ComplexExpr asinh(ComplexExpr z) {
    return asin(z.turned()).turned().negated();
  }

  static ComplexExpr atanh(ComplexExpr z) {
    Expr one = z.number(1);
    Expr x = abs(z.re());
    Expr square = mul(z.im(), z.im());
    Expr gap = sub(one, x);
    Expr real =
        mul(z.number(0.25), Exprs.log1p(div(mul(z.number(4), x), add(mul(gap, gap), square))));
    Expr turn = atan2(mul(z.number(2), z.im()), sub(mul(gap, add(one, x)), square));
    ComplexExpr near = new ComplexExpr(copySign(real, z.re()), mul(z.number(0.5), turn));
    Expr vanishing = z.reciprocal().re();
    Expr infinite = eq(z.magnitude(), z.number(Double.POSITIVE_INFINITY));
    ComplexExpr far =
        new ComplexExpr(
            copySign(select(infinite, z.number(0), vanishing), z.re()),
            copySign(z.number(Math.PI / 2), z.im()));
    return chosen(z, far, near);
  }

  /** atan z = -i atanh(i z). */
  static ComplexExpr atan(ComplexExpr z) {
    return atanh(z.turned()).turned().negated();
  }

  /** 1 - z, with the sign of an imaginary zero turned. */
  private static ComplexExpr below(ComplexExpr z) {
    return new ComplexExpr(sub(z.number(1), z.re()), neg(z.im()));
  }

  private static Expr logOfTwice(ComplexExpr z) {
    return add(Exprs.log(z.magnitude()), z.number(Math.log(2)));
  }

  private static ComplexExpr chosen(ComplexExpr z, ComplexExpr far, ComplexExpr near) {
    Expr isFar = gt(z.magnitude(), z.number(FAR));
    return new ComplexExpr(select(isFar, far.re(), near.re()), select(isFar, far.im(), near.im()));
  }
}
