package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.function.UnaryOperator;

/** A complex value in a kernel: the expressions of its parts, and arithmetic on such. */
record ComplexExpr(Expr re, Expr im) {

  static ComplexExpr real(Expr re) {
    return new ComplexExpr(re, constant(re.type(), 0));
  }

  /** A real constant of this value's type. */
  Expr number(double value) {
    return constant(re.type(), value);
  }

  List<Expr> parts() {
    return List.of(re, im);
  }

  ComplexExpr cast(Type type) {
    return new ComplexExpr(Exprs.cast(type, re), Exprs.cast(type, im));
  }

  /**
   * {@code function} computed in F64, whatever this value's type: there squares of F32 numbers
   * neither overflow nor lose digits.
   */
  ComplexExpr wide(UnaryOperator<ComplexExpr> function) {
    return function.apply(cast(Type.F64)).cast(re.type());
  }

  ComplexExpr conj() {
    return new ComplexExpr(re, neg(im));
  }

  ComplexExpr negated() {
    return new ComplexExpr(neg(re), neg(im));
  }

  ComplexExpr plus(ComplexExpr b) {
    return new ComplexExpr(add(re, b.re), add(im, b.im));
  }

  ComplexExpr plus(double b) {
    return new ComplexExpr(add(re, number(b)), im);
  }

  ComplexExpr minus(ComplexExpr b) {
    return new ComplexExpr(sub(re, b.re), sub(im, b.im));
  }

  ComplexExpr times(ComplexExpr b) {
    return new ComplexExpr(sub(mul(re, b.re), mul(im, b.im)), add(mul(re, b.im), mul(im, b.re)));
  }

  ComplexExpr times(double b) {
    return scaled(number(b));
  }

  ComplexExpr scaled(Expr by) {
    return new ComplexExpr(mul(re, by), mul(im, by));
  }

  /** Times the imaginary unit. */
  ComplexExpr turned() {
    return new ComplexExpr(neg(im), re);
  }

  /** Scaled by the divisor's greater part, so that no square overflows. */
  ComplexExpr over(ComplexExpr b) {
    Expr scale = max(Exprs.abs(b.re), Exprs.abs(b.im));
    Expr c = div(b.re, scale);
    Expr d = div(b.im, scale);
    Expr square = add(mul(c, c), mul(d, d));
    ComplexExpr product = times(new ComplexExpr(c, neg(d)));
    return new ComplexExpr(
        div(div(product.re, square), scale), div(div(product.im, square), scale));
  }

  ComplexExpr reciprocal() {
    return real(number(1)).over(this);
  }

  /** The magnitude, infinite also where the other part is NaN. */
  Expr magnitude() {
    Expr a = Exprs.abs(re);
    Expr b = Exprs.abs(im);
    Expr most = max(a, b);
    Expr ratio = div(min(a, b), most);
    Expr root = mul(most, Exprs.sqrt(add(number(1), mul(ratio, ratio))));
    Expr infinity = number(Double.POSITIVE_INFINITY);
    Expr finite = select(eq(most, number(0)), most, root);
    return select(or(eq(a, infinity), eq(b, infinity)), infinity, finite);
  }

  /** {@code otherwise} where this is not 0. */
  ComplexExpr whereZero(ComplexExpr then, ComplexExpr otherwise) {
    Expr zero = and(eq(re, number(0)), eq(im, number(0)));
    return new ComplexExpr(
        select(zero, then.re, otherwise.re), select(zero, then.im, otherwise.im));
  }

  ComplexExpr exp() {
    Expr e = Exprs.exp(re);
    return new ComplexExpr(mul(e, Exprs.cos(im)), mul(e, Exprs.sin(im)));
  }

  ComplexExpr log() {
    return new ComplexExpr(Exprs.log(magnitude()), atan2(im, re));
  }

  /** The principal root: of a part that is not negative. */
  ComplexExpr sqrt() {
    Expr half = mul(number(0.5), add(magnitude(), Exprs.abs(re)));
    Expr t = Exprs.sqrt(half);
    Expr other = div(im, mul(number(2), t));
    Expr right = ge(re, number(0));
    ComplexExpr root =
        new ComplexExpr(select(right, t, Exprs.abs(other)), select(right, other, copySign(t, im)));
    return whereZero(new ComplexExpr(number(0), im), root);
  }

  ComplexExpr sin() {
    // sin z = -i sinh(i z)
    return turned().sinh().turned().negated();
  }

  ComplexExpr cos() {
    return turned().cosh();
  }

  ComplexExpr sinh() {
    return new ComplexExpr(mul(sinh(re), Exprs.cos(im)), mul(cosh(re), Exprs.sin(im)));
  }

  ComplexExpr cosh() {
    return new ComplexExpr(mul(cosh(re), Exprs.cos(im)), mul(sinh(re), Exprs.sin(im)));
  }

  /** (sinh 2a + i sin 2b) / (cosh 2a + cos 2b); beyond |a| = 300 it is 1 to the last digit. */
  ComplexExpr tanh() {
    Expr a = mul(number(2), max(min(re, number(300)), number(-300)));
    Expr b = mul(number(2), im);
    Expr below = add(cosh(a), Exprs.cos(b));
    return new ComplexExpr(div(sinh(a), below), div(Exprs.sin(b), below));
  }

  /** By expm1, so that small values keep their digits. */
  private static Expr sinh(Expr x) {
    Expr half = constant(x.type(), 0.5);
    Expr e = expm1(Exprs.abs(x));
    Expr up = mul(half, add(e, div(e, add(e, constant(x.type(), 1)))));
    // e / (e + 1) is NaN for an infinite e.
    Expr huge = eq(e, constant(x.type(), Double.POSITIVE_INFINITY));
    return copySign(select(huge, e, up), x);
  }

  private static Expr cosh(Expr x) {
    Expr e = Exprs.exp(Exprs.abs(x));
    return mul(constant(x.type(), 0.5), add(e, div(constant(x.type(), 1), e)));
  }
}
