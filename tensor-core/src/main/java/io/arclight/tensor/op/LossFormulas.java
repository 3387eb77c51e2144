package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.Formulas.like;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.softplus;
import static io.arclight.tensor.op.Formulas.zero;

import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;

/** Meanings of losses, of predictions and targets elementwise. */
final class LossFormulas {
  private LossFormulas() {}

  static Expr squared(Expr a, Expr b) {
    Expr d = sub(a, b);
    return mul(d, d);
  }

  /** Quadratic below {@code beta}, where it is scaled to meet the slope 1 beyond. */
  static Expr smoothL1(Expr a, Expr b, Expr beta) {
    Expr d = abs(sub(a, b));
    Expr near = div(mul(like(a, 0.5), mul(d, d)), beta);
    return select(lt(d, beta), near, sub(d, mul(like(a, 0.5), beta)));
  }

  /** Quadratic up to {@code delta}, beyond with the slope there. */
  static Expr huber(Expr a, Expr b, Expr delta) {
    Expr d = abs(sub(a, b));
    Expr near = mul(like(a, 0.5), mul(d, d));
    return select(le(d, delta), near, mul(delta, sub(d, mul(like(a, 0.5), delta))));
  }

  /** Above 0, else 0, which has the slope 0 too. */
  private static Expr positive(Expr x) {
    return select(le(x, zero(x)), zero(x), x);
  }

  /** The logarithm, at least -100. */
  private static Expr floored(Expr logarithm) {
    return select(lt(logarithm, like(logarithm, -100)), like(logarithm, -100), logarithm);
  }

  static Expr binaryCrossEntropy(Expr p, Expr target) {
    Expr ok = and(ge(p, zero(p)), le(p, one(p)));
    Expr x = new Expr.Check(ok, ErrorCode.INVALID_PROBABILITY, int64(0), p, zero(p));
    Expr miss = mul(sub(one(p), target), floored(log1p(neg(x))));
    return neg(add(miss, mul(target, floored(log(x)))));
  }

  static Expr binaryCrossEntropySlope(Expr p, Expr target) {
    Expr spread = mul(sub(one(p), p), p);
    Expr least = like(p, 1e-12);
    return div(sub(p, target), select(lt(spread, least), least, spread));
  }

  static Expr binaryCrossEntropyTargetSlope(Expr p, Expr target) {
    return sub(log1p(neg(p)), log(p));
  }

  /** Of logits, the positive part weighted. */
  static Expr binaryCrossEntropyWithLogits(Expr x, Expr target, Expr positiveWeight) {
    Expr weight = add(one(x), mul(sub(positiveWeight, one(x)), target));
    return add(mul(sub(one(x), target), x), mul(weight, softplus(neg(x))));
  }

  static Expr klDiv(Expr x, Expr target) {
    return sub(Formulas.timesLog(target, target, log(target)), mul(target, x));
  }

  static Expr klDivTargetSlope(Expr x, Expr target) {
    Expr logged = Formulas.timesLogSlope(target, target, log(target));
    // As PyTorch's, which has no gradient at a target of 0.
    return sub(add(logged, div(target, target)), x);
  }

  static Expr klDivLog(Expr x, Expr target) {
    return mul(exp(target), sub(target, x));
  }

  static Expr gaussian(Expr x, Expr target, Expr variance, Expr eps) {
    Expr ok = ge(variance, zero(x));
    Expr given = new Expr.Check(ok, ErrorCode.OUT_OF_DOMAIN, int64(0), variance, one(x));
    Expr v = max(given, eps);
    return mul(like(x, 0.5), add(log(v), div(squared(x, target), v)));
  }

  /** As if the variance were not clamped, at its clamped value. */
  static Expr gaussianVarianceSlope(Expr x, Expr target, Expr variance, Expr eps) {
    Expr v = max(variance, eps);
    return mul(like(x, 0.5), div(sub(one(x), div(squared(x, target), v)), v));
  }

  static Expr poisson(Expr x, Expr target, Expr eps) {
    return sub(x, mul(target, log(add(x, eps))));
  }

  static Expr poissonLog(Expr x, Expr target) {
    return sub(exp(x), mul(target, x));
  }

  /** Stirling's approximation of log(target!), 0 up to 1. */
  static Expr stirling(Expr target) {
    Expr half = like(target, 0.5);
    Expr tail = mul(half, log(mul(like(target, 2 * Math.PI), target)));
    Expr value = add(mul(target, sub(log(target), one(target))), tail);
    return select(gt(target, one(target)), value, zero(target));
  }

  static Expr hingeEmbedding(Expr x, Expr target, Expr margin) {
    Expr apart = select(eq(target, one(x)), zero(x), positive(sub(margin, x)));
    return add(apart, select(eq(target, neg(one(x))), zero(x), x));
  }

  static Expr softMargin(Expr x, Expr target) {
    return softplus(neg(mul(x, target)));
  }

  static Expr marginRanking(Expr a, Expr b, Expr target, Expr margin) {
    return positive(add(mul(neg(target), sub(a, b)), margin));
  }
}
