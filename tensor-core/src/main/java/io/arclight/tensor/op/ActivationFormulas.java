package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.Formulas.high;
import static io.arclight.tensor.op.Formulas.like;
import static io.arclight.tensor.op.Formulas.low;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.sigmoid;
import static io.arclight.tensor.op.Formulas.zero;

import io.arclight.tensor.ir.Expr;

/** Meanings of activation functions, and their slopes where a corner needs PyTorch's side. */
final class ActivationFormulas {
  /** Of SELU: with these the mean and variance of layers' outputs stay 0 and 1. */
  private static final double SELU_ALPHA = 1.6732632423543772;

  private static final double SELU_SCALE = 1.0507009873554805;

  /** Enough for float64 up to 1.5. */
  private static final int TANHSHRINK_TERMS = 12;

  private ActivationFormulas() {}

  /** {@code positive} for x above 0 and NaN, else {@code negative}. */
  private static Expr split(Expr x, Expr negative, Expr positive) {
    return select(le(x, zero(x)), negative, positive);
  }

  static Expr elu(Expr x, Expr alpha) {
    return split(x, mul(alpha, expm1(x)), x);
  }

  static Expr celu(Expr x, Expr alpha) {
    return split(x, mul(alpha, expm1(div(x, alpha))), x);
  }

  static Expr selu(Expr x) {
    Expr negative = mul(like(x, SELU_SCALE * SELU_ALPHA), expm1(x));
    return split(x, negative, mul(like(x, SELU_SCALE), x));
  }

  /**
   * GELU by the hyperbolic tangent of a polynomial: half of 1 + tanh(u) is the sigmoid of 2u, which
   * keeps its digits where x is negative.
   */
  static Expr geluTanh(Expr x) {
    Expr cube = mul(mul(x, x), x);
    Expr inner = add(x, mul(like(x, 0.044715), cube));
    return mul(x, sigmoid(mul(like(x, 2 * Math.sqrt(2 / Math.PI)), inner)));
  }

  /** x tanh(log(1 + e)), where e = exp(x), is x n / (n + 2) with n = (1 + e)^2 - 1 = e (e + 2). */
  static Expr mish(Expr x) {
    Expr n = mishSquare(x);
    return mul(x, div(n, add(n, like(x, 2))));
  }

  /** Written out, as the derivative of the quotient is a difference of near equals for large x. */
  static Expr mishSlope(Expr x) {
    Expr e = mishPower(x);
    Expr n = mishSquare(x);
    Expr below = add(n, like(x, 2));
    Expr change = div(mul(like(x, 4), sub(n, e)), mul(below, below));
    return add(div(n, below), mul(low(x, like(x, 20)), change));
  }

  private static Expr mishSquare(Expr x) {
    Expr e = mishPower(x);
    return mul(e, add(e, like(x, 2)));
  }

  /** exp(x) up to where mish is x itself, so that its square is finite. */
  private static Expr mishPower(Expr x) {
    return exp(low(x, like(x, 20)));
  }

  /** log(1 + exp(beta x)) / beta; x itself where beta x is above the threshold. */
  static Expr softplus(Expr x, Expr beta, Expr threshold) {
    Expr scaled = mul(x, beta);
    return select(gt(scaled, threshold), x, div(Formulas.softplus(scaled), beta));
  }

  static Expr softsign(Expr x) {
    return div(x, add(one(x), abs(x)));
  }

  static Expr softsignSlope(Expr x) {
    Expr d = add(one(x), abs(x));
    return div(one(x), mul(d, d));
  }

  private static Expr inside(Expr x, Expr lambda) {
    return and(ge(x, neg(lambda)), le(x, lambda));
  }

  static Expr hardshrink(Expr x, Expr lambda) {
    return select(inside(x, lambda), zero(x), x);
  }

  static Expr softshrink(Expr x, Expr lambda) {
    Expr below = select(lt(x, neg(lambda)), add(x, lambda), mul(x, zero(x)));
    return select(gt(x, lambda), sub(x, lambda), below);
  }

  static Expr shrinkSlope(Expr x, Expr lambda) {
    return select(inside(x, lambda), zero(x), one(x));
  }

  static Expr hardtanh(Expr x, Expr least, Expr most) {
    return low(high(x, least), most);
  }

  /** 0 at the bounds as well. */
  static Expr hardtanhSlope(Expr x, Expr least, Expr most) {
    return select(or(le(x, least), ge(x, most)), zero(x), one(x));
  }

  /** 0 below -3, 1 above 3, between them straight. */
  static Expr hardsigmoid(Expr x) {
    Expr shifted = low(high(add(x, like(x, 3)), zero(x)), like(x, 6));
    return div(shifted, like(x, 6));
  }

  static Expr hardsigmoidSlope(Expr x) {
    Expr between = and(gt(x, like(x, -3)), lt(x, like(x, 3)));
    return select(between, like(x, 1.0 / 6), zero(x));
  }

  static Expr hardswish(Expr x) {
    return mul(x, hardsigmoid(x));
  }

  static Expr hardswishSlope(Expr x) {
    Expr between = add(div(x, like(x, 3)), like(x, 0.5));
    Expr above = select(lt(x, like(x, 3)), between, one(x));
    return select(le(x, like(x, -3)), zero(x), above);
  }

  /**
   * x - tanh(x), which near 0 is (x cosh(x) - sinh(x)) / cosh(x), both by their power series of
   * terms of one sign.
   */
  static Expr tanhshrink(Expr x) {
    Expr square = mul(x, x);
    double[] above = new double[TANHSHRINK_TERMS];
    double[] below = new double[TANHSHRINK_TERMS];
    double factorial = 1;
    for (int i = 0; i < TANHSHRINK_TERMS; i++) {
      below[i] = 1 / factorial;
      above[i] = (2 * i + 2) / (factorial * (2 * i + 1) * (2 * i + 2) * (2 * i + 3));
      factorial *= (2 * i + 1) * (2 * i + 2);
    }
    Expr cube = mul(mul(square, x), polynomial(square, above));
    Expr near = div(cube, polynomial(square, below));
    return select(lt(abs(x), like(x, 1.5)), near, sub(x, tanh(x)));
  }

  private static Expr polynomial(Expr x, double... coefficients) {
    Expr sum = like(x, coefficients[coefficients.length - 1]);
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = fma(sum, x, like(x, coefficients[i]));
    }
    return sum;
  }

  static Expr tanhshrinkSlope(Expr x) {
    Expr t = tanh(x);
    return mul(t, t);
  }

  static Expr threshold(Expr x, Expr threshold, Expr value) {
    return select(le(x, threshold), value, x);
  }

  static Expr prelu(Expr x, Expr weight) {
    return select(gt(x, zero(x)), x, mul(weight, x));
  }

  static Expr gate(Expr x, Expr by) {
    return mul(x, sigmoid(by));
  }

  /**
   * Alpha dropout: what is dropped becomes SELU's limit at minus infinity, and all is scaled and
   * shifted so that mean and variance stay.
   */
  static Expr alphaDropout(Expr x, Expr kept, Expr p) {
    Expr limit = like(x, -SELU_SCALE * SELU_ALPHA);
    Expr spread = mul(sub(one(x), p), add(one(x), mul(p, mul(limit, limit))));
    Expr scale = div(one(x), sqrt(spread));
    return mul(scale, sub(select(kept, x, limit), mul(p, limit)));
  }
}
