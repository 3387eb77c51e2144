package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.zero;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;
import java.util.List;

/** Elementwise meanings on integers: powers, divisors, shifts. */
final class Powers {
  private static final Expr.Var INDEX = new Expr.Var("step", Type.I64);

  private Powers() {}

  private static Expr integer(Expr like, long value) {
    return new Expr.Int(like.type(), value);
  }

  private static int width(Expr x) {
    return 8 * x.type().bytes();
  }

  private static Expr odd(Expr x) {
    return ne(and(x, one(x)), zero(x));
  }

  /** Integers by squaring, wrapping; to a negative power only 1 and -1 are not 0. */
  static Expr pow(Expr a, Expr b) {
    if (a.type().isFloat()) {
      return Exprs.pow(a, b);
    }
    Expr.Var product = new Expr.Var("product", a.type());
    Expr.Var square = new Expr.Var("square", a.type());
    Expr.Var left = new Expr.Var("left", a.type());
    Expr whole =
        new Expr.Repeat(
            width(a),
            INDEX,
            List.of(product, square, left),
            List.of(one(a), a, b),
            List.of(
                select(odd(left), mul(product, square), product),
                mul(square, square),
                ushr(left, one(a))),
            0);
    Expr minusOne = integer(a, -1);
    Expr sign = select(odd(b), minusOne, one(a));
    Expr fraction = select(eq(a, one(a)), a, select(eq(a, minusOne), sign, zero(a)));
    return select(lt(b, zero(b)), fraction, whole);
  }

  /** By halving and subtracting: each step takes at least one bit from one of the two. */
  static Expr gcd(Expr a, Expr b) {
    Expr.Var u = new Expr.Var("u", a.type());
    Expr.Var v = new Expr.Var("v", a.type());
    Expr.Var twos = new Expr.Var("twos", a.type());
    Expr half = one(a);
    Expr odd = and(odd(u), odd(v));
    Expr even = not(or(odd(u), odd(v)));
    Expr difference = sub(max(u, v), min(u, v));
    List<Expr> next =
        List.of(
            select(odd, ushr(difference, half), select(odd(u), u, ushr(u, half))),
            select(odd, min(u, v), select(odd(v), v, ushr(v, half))),
            select(and(even, ne(or(u, v), zero(u))), add(twos, one(a)), twos));
    List<Expr> init = List.of(abs(a), abs(b), zero(a));
    List<Expr.Var> carried = List.of(u, v, twos);
    int steps = 2 * width(a);
    Expr first = new Expr.Repeat(steps, INDEX, carried, init, next, 0);
    Expr second = new Expr.Repeat(steps, INDEX, carried, init, next, 1);
    Expr shift = new Expr.Repeat(steps, INDEX, carried, init, next, 2);
    return shl(or(first, second), shift);
  }

  static Expr lcm(Expr a, Expr b) {
    return abs(mul(div(a, gcd(a, b)), b));
  }

  /** 0 where all bits are shifted out or the amount is negative. */
  static Expr shiftLeft(Expr a, Expr amount) {
    return select(inside(amount), shl(a, amount), zero(a));
  }

  /** Of bits of the sign where all others are shifted out or the amount is negative. */
  static Expr shiftRight(Expr a, Expr amount) {
    return shr(a, select(inside(amount), amount, integer(a, width(a) - 1L)));
  }

  private static Expr inside(Expr amount) {
    return and(ge(amount, zero(amount)), lt(amount, integer(amount, width(amount))));
  }
}
