package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.Formulas.half;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.zero;

import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;

/** Rounded division and its remainders; an integer divided by 0 is an error in the data. */
final class Quotients {
  private Quotients() {}

  /** {@code value}, which is of a division by b. */
  private static Expr checked(Expr b, Expr value) {
    Expr zero = new Expr.Int(Type.I64, 0);
    return new Expr.Check(ne(b, zero(b)), ErrorCode.INTEGER_DIVISION_BY_ZERO, zero, value, zero(b));
  }

  /**
   * Rounded towards minus infinity. For floats the exact quotient is what is rounded, as by
   * Python's //: 1 // 0.1 is 9, though 1 / 0.1 is 10.
   */
  static Expr floor(Expr a, Expr b) {
    if (!a.type().isFloat()) {
      Expr q = div(a, b);
      Expr inexact = ne(mul(q, b), a);
      Expr negative = lt(xor(a, b), zero(a));
      return checked(b, select(and(inexact, negative), sub(q, one(q)), q));
    }
    Expr r = rem(a, b);
    Expr exact = div(sub(a, r), b);
    Expr opposite = and(ne(r, zero(r)), ne(lt(r, zero(r)), lt(b, zero(b))));
    Expr q = select(opposite, sub(exact, one(a)), exact);
    Expr down = Exprs.floor(q);
    Expr near = select(gt(sub(q, down), half(a)), add(down, one(a)), down);
    Expr plain = div(a, b);
    Expr value = select(ne(q, zero(q)), near, copySign(zero(a), plain));
    return select(eq(b, zero(b)), plain, value);
  }

  /** Rounded towards zero. */
  static Expr trunc(Expr a, Expr b) {
    return a.type().isFloat() ? Exprs.trunc(div(a, b)) : checked(b, div(a, b));
  }

  /** The remainder with the divisor's sign, as Python's %. */
  static Expr remainder(Expr a, Expr b) {
    Expr r = rem(a, b);
    Expr differs = a.type().isFloat() ? ne(lt(r, zero(r)), lt(b, zero(b))) : lt(xor(r, b), zero(r));
    Expr value = select(and(ne(r, zero(r)), differs), add(r, b), r);
    return a.type().isFloat() ? value : checked(b, value);
  }

  /** The remainder with the dividend's sign. */
  static Expr fmod(Expr a, Expr b) {
    return a.type().isFloat() ? rem(a, b) : checked(b, rem(a, b));
  }
}
