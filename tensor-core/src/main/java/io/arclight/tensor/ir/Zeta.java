package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.floor;
import static io.arclight.tensor.ir.Exprs.isNan;
import static io.arclight.tensor.ir.Exprs.le;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.ne;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.or;
import static io.arclight.tensor.ir.Exprs.pow;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import java.util.List;

/**
 * Hurwitz's zeta function of F64 values, the sum of (q + k)^-s for k = 0, 1, ...: ten terms, and
 * the rest by Euler and Maclaurin's formula.
 */
final class Zeta {
  private static final Floats F = Floats.DOUBLE;
  private static final int TERMS = 10;

  /** B(2j) / (2j)!. */
  private static final double[] EULER = {
    0.08333333333333333,
    -0.001388888888888889,
    3.306878306878307e-05,
    -8.267195767195768e-07,
    2.08767569878681e-08,
    -5.284190138687493e-10,
    1.3382536530684679e-11,
    -3.3896802963225827e-13,
    8.586062056277845e-15,
    -2.174868698558062e-16,
    5.5090028283602295e-18,
    -1.3954464685812522e-19
  };

  private Zeta() {}

  private static Expr.Var carried(String name) {
    return new Expr.Var(name, Type.F64);
  }

  static Expr zeta(Expr s, Expr q) {
    Expr below = lt(q, F.real(0));
    Expr down = floor(q);
    Expr one = F.real(1);
    // For q = f - m and whole s the first m terms have the bases -(1 - f), ..., -(m - f).
    Expr even = eq(mul(F.real(2), floor(mul(F.real(0.5), s))), s);
    Expr sign = select(below, select(even, one, F.real(-1)), F.real(0));
    Expr first = select(below, sub(q, down), q);
    Expr second = select(below, sub(add(down, one), q), one);
    Expr third = select(below, sub(one, q), one);
    Expr value = sums(s, first, second, third, sign);
    Expr infinity = F.real(Double.POSITIVE_INFINITY);
    Expr nan = F.real(Double.NaN);
    value = select(Exprs.and(below, ne(floor(s), s)), nan, value);
    Expr pole = Exprs.and(le(q, F.real(0)), eq(down, q));
    // At infinity as PyTorch, though the limits are 0.
    value = select(eq(q, infinity), nan, value);
    Expr largest = select(lt(q, one), infinity, select(eq(q, one), one, nan));
    value = select(eq(s, infinity), largest, value);
    value = select(or(isNan(s), isNan(q)), nan, value);
    value = select(pole, infinity, value);
    value = select(lt(s, one), nan, value);
    return select(eq(s, one), infinity, value);
  }

  /** zeta(s, first) + sign (zeta(s, second) - zeta(s, third)). */
  private static Expr sums(Expr s, Expr first, Expr second, Expr third, Expr sign) {
    Expr.Var step = new Expr.Var("part", Type.I64);
    Expr.Var total = carried("total");
    Expr.Var exponent = carried("exponent");
    Expr.Var a = carried("first");
    Expr.Var b = carried("second");
    Expr.Var c = carried("third");
    Expr.Var weight = carried("weight");
    // The arguments move up and the weight goes 1, sign, -sign.
    Expr.Var next = carried("next");
    Expr term = mul(weight, positive(exponent, a));
    return new Expr.Repeat(
        3,
        step,
        List.of(total, exponent, a, b, c, weight, next),
        List.of(F.real(0), s, first, second, third, F.real(1), sign),
        List.of(add(total, term), exponent, b, c, c, next, neg(next)),
        0);
  }

  /** For q > 0. */
  private static Expr positive(Expr s, Expr q) {
    Expr.Var sum = carried("sum");
    Expr.Var at = carried("at");
    Expr.Var power = carried("power");
    Expr head =
        new Expr.Repeat(
            TERMS,
            new Expr.Var("term", Type.I64),
            List.of(sum, at, power),
            List.of(F.real(0), q, neg(s)),
            List.of(add(sum, pow(at, power)), add(at, F.real(1)), power),
            0);
    Expr a = add(q, F.real(TERMS));
    Expr inverse = div(F.real(1), a);
    Expr square = mul(inverse, inverse);
    // s (s + 1) ... (s + 2j - 2) / a^(2j - 1)
    Expr rising = mul(s, inverse);
    Expr tail = add(div(a, sub(s, F.real(1))), F.real(0.5));
    for (int j = 1; j <= EULER.length; j++) {
      tail = add(tail, mul(rising, F.real(EULER[j - 1])));
      Expr grown = mul(add(s, F.real(2 * j - 1)), add(s, F.real(2 * j)));
      rising = mul(rising, mul(grown, square));
    }
    Expr last = pow(a, neg(s));
    return add(head, select(eq(last, F.real(0)), F.real(0), mul(last, tail)));
  }
}
