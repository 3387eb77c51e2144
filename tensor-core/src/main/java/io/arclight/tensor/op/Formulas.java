package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;

/** Meanings of elementwise operations that take more than a line. */
final class Formulas {
  private Formulas() {}

  static Expr zero(Expr like) {
    return constant(like.type(), 0);
  }

  static Expr one(Expr like) {
    return constant(like.type(), 1);
  }

  /** 1 / (1 + exp(-x)), from exp of a non-positive number only, so that nothing overflows. */
  static Expr sigmoid(Expr x) {
    Expr e = exp(neg(abs(x)));
    Expr d = add(one(x), e);
    return select(ge(x, zero(x)), div(one(x), d), div(e, d));
  }

  /** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
  static Expr softplus(Expr x) {
    return add(max(x, zero(x)), log1p(exp(neg(abs(x)))));
  }

  static Expr gelu(Expr x) {
    Expr phi = add(one(x), erf(mul(x, constant(x.type(), Math.sqrt(0.5)))));
    return mul(mul(constant(x.type(), 0.5), x), phi);
  }

  static Expr sign(Expr x) {
    Expr s = select(gt(x, zero(x)), one(x), select(lt(x, zero(x)), neg(one(x)), zero(x)));
    return x.type().isFloat() ? select(isNan(x), x, s) : s;
  }

  static Expr angle(Expr x) {
    Expr pi = constant(x.type(), Math.PI);
    return select(isNan(x), x, select(lt(x, zero(x)), pi, zero(x)));
  }

  /** 1 where x is positive, else 0. */
  static Expr step(Expr x) {
    return select(gt(x, zero(x)), one(x), zero(x));
  }

  static Expr rounding(Expr.UnaryOp op, Expr x) {
    return x.type().isFloat() ? new Expr.Unary(op, x) : x;
  }

  static Expr isNanOrFalse(Expr x) {
    return x.type().isFloat() ? isNan(x) : FALSE;
  }

  static Expr isInf(Expr x) {
    return x.type().isFloat() ? eq(abs(x), constant(x.type(), Double.POSITIVE_INFINITY)) : FALSE;
  }

  static Expr isFinite(Expr x) {
    return x.type().isFloat() ? lt(abs(x), constant(x.type(), Double.POSITIVE_INFINITY)) : TRUE;
  }

  private static Expr checkedDivisor(Expr b, Expr value) {
    Expr zero = new Expr.Int(Type.I64, 0);
    return new Expr.Check(ne(b, zero(b)), ErrorCode.INTEGER_DIVISION_BY_ZERO, zero, value, zero(b));
  }

  static Expr floorDivide(Expr a, Expr b) {
    if (a.type().isFloat()) {
      return new Expr.Unary(Expr.UnaryOp.FLOOR, div(a, b));
    }
    Expr q = div(a, b);
    Expr inexact = ne(mul(q, b), a);
    Expr negative = lt(xor(a, b), zero(a));
    return checkedDivisor(b, select(and(inexact, negative), sub(q, one(q)), q));
  }

  /** The remainder with the divisor's sign, as Python's %. */
  static Expr remainder(Expr a, Expr b) {
    Expr r = new Expr.Binary(Expr.BinaryOp.REM, a, b);
    Expr differs = a.type().isFloat() ? ne(lt(r, zero(r)), lt(b, zero(b))) : lt(xor(r, b), zero(r));
    Expr value = select(and(ne(r, zero(r)), differs), add(r, b), r);
    return a.type().isFloat() ? value : checkedDivisor(b, value);
  }

  /** Integers go through double, exact up to 2^53. */
  static Expr pow(Expr a, Expr b) {
    if (a.type().isFloat()) {
      return new Expr.Binary(Expr.BinaryOp.POW, a, b);
    }
    Expr wide =
        new Expr.Binary(Expr.BinaryOp.POW, new Expr.Cast(Type.F64, a), new Expr.Cast(Type.F64, b));
    return new Expr.Cast(a.type(), wide);
  }
}
