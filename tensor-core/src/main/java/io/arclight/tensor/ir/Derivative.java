package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.*;

/**
 * Symbolic derivatives of expressions. At corners they follow PyTorch: abs at 0 gives 0, min and
 * max share the slope among equal operands, select gives the chosen branch's.
 */
public final class Derivative {
  private final Expr.Input wrt;

  private Derivative(Expr.Input wrt) {
    this.wrt = wrt;
  }

  /** The derivative of {@code e} by {@code wrt}; the constant 0 where it does not depend on it. */
  public static Expr of(Expr e, Expr.Input wrt) {
    return new Derivative(wrt).of(e);
  }

  private static Expr zero(Expr like) {
    return constant(like.type(), 0);
  }

  private static Expr one(Expr like) {
    return constant(like.type(), 1);
  }

  private static boolean isZero(Expr e) {
    return e.equals(zero(e));
  }

  private Expr of(Expr e) {
    if (e.equals(wrt)) {
      return one(e);
    }
    if (!e.type().isFloat()) {
      return zero(e);
    }
    if (e instanceof Expr.Unary u) {
      return chain(of(u.a()), u);
    }
    if (e instanceof Expr.Binary b) {
      return binary(b);
    }
    if (e instanceof Expr.Select s) {
      Expr then = of(s.then());
      Expr otherwise = of(s.otherwise());
      return then.equals(otherwise) ? then : select(s.condition(), then, otherwise);
    }
    if (e instanceof Expr.Fma f) {
      return of(add(mul(f.a(), f.b()), f.c()));
    }
    if (e instanceof Expr.Cast c && c.a().type().isFloat()) {
      Expr inner = of(c.a());
      return isZero(inner) ? zero(e) : cast(e.type(), inner);
    }
    if (e instanceof Expr.Check c) {
      return of(c.value());
    }
    return zero(e);
  }

  /** {@code inner} times the slope of {@code u} at its operand. */
  private Expr chain(Expr inner, Expr.Unary u) {
    if (isZero(inner)) {
      return zero(u);
    }
    Expr x = u.a();
    return switch (u.op()) {
      case NEG -> neg(inner);
      case ABS ->
          mul(inner, select(gt(x, zero(x)), one(x), select(lt(x, zero(x)), neg(one(x)), x)));
      case SQRT -> div(mul(inner, constant(x.type(), 0.5)), u);
      case EXP -> mul(inner, u);
      case EXPM1 -> mul(inner, exp(x));
      case LOG -> div(inner, x);
      case LOG1P -> div(inner, add(x, one(x)));
      case SIN -> mul(inner, cos(x));
      case COS -> neg(mul(inner, sin(x)));
      case TAN -> mul(inner, add(one(x), mul(u, u)));
      case TANH -> mul(inner, sub(one(x), mul(u, u)));
      case ERF -> mul(inner, mul(constant(x.type(), 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x)))));
      case FLOOR, CEIL, TRUNC, RINT, NOT, IS_NAN -> zero(u);
    };
  }

  private Expr binary(Expr.Binary e) {
    Expr a = e.a();
    Expr b = e.b();
    Expr da = of(a);
    Expr db = of(b);
    if (isZero(da) && isZero(db)) {
      return zero(e);
    }
    return switch (e.op()) {
      case ADD -> plus(da, db);
      case SUB -> isZero(db) ? da : isZero(da) ? neg(db) : sub(da, db);
      case MUL -> plus(times(da, b), times(db, a));
      case DIV -> {
        Expr left = isZero(da) ? da : div(da, b);
        yield isZero(db) ? left : plus(left, neg(mul(db, div(div(a, b), b))));
      }
      case MIN -> share(lt(a, b), lt(b, a), a, b, da, db);
      case MAX -> share(gt(a, b), gt(b, a), a, b, da, db);
      case POW -> plus(times(da, powSlope(a, b)), times(db, exponentSlope(e)));
      case ATAN2 -> {
        Expr r = add(mul(a, a), mul(b, b));
        yield plus(times(da, div(b, r)), times(db, neg(div(a, r))));
      }
      // a - trunc(a / b) * b
      case REM -> plus(da, times(db, neg(trunc(div(a, b)))));
      case COPYSIGN -> times(da, mul(copySign(one(a), a), copySign(one(b), b)));
      case AND, OR, XOR, SHL, SHR, USHR -> zero(e);
    };
  }

  /** b * a^(b-1), which is 0 for b = 0 whatever a is. */
  private static Expr powSlope(Expr a, Expr b) {
    return select(eq(b, zero(b)), zero(b), mul(b, pow(a, sub(b, one(b)))));
  }

  /** a^b * log(a), which is 0 where a is 0 and b is not negative. */
  private static Expr exponentSlope(Expr.Binary e) {
    Expr a = e.a();
    Expr b = e.b();
    Expr flat = and(eq(a, zero(a)), ge(b, zero(b)));
    return select(flat, zero(a), mul(e, log(a)));
  }

  private static Expr plus(Expr a, Expr b) {
    return isZero(a) ? b : isZero(b) ? a : add(a, b);
  }

  private static Expr times(Expr slope, Expr factor) {
    return isZero(slope) ? slope : mul(slope, factor);
  }

  /** {@code da} where a is chosen, {@code db} where b is, half of each among equals, NaN else. */
  private static Expr share(Expr aWins, Expr bWins, Expr a, Expr b, Expr da, Expr db) {
    Expr half = constant(da.type(), 0.5);
    Expr tie = mul(half, plus(da, db));
    return select(aWins, da, select(bWins, db, tie));
  }
}
