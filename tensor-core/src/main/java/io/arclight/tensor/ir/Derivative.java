package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.and;
import static io.arclight.tensor.ir.Exprs.cast;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.cos;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.exp;
import static io.arclight.tensor.ir.Exprs.ge;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.log;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.pow;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sin;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.Exprs.trunc;

import java.util.IdentityHashMap;

/**
 * Symbolic derivatives of scalar expressions, with PyTorch's conventions where there is none: 0 for
 * |x| at 0, half each for MIN and MAX of equal values, the chosen branch's for SELECT. Integers,
 * comparisons and roundings have derivative 0. NaN stays NaN.
 */
public final class Derivative {
  private static final double TWO_OVER_SQRT_PI = 1.1283791670955126;

  private final Expr.Input wrt;
  private final IdentityHashMap<Expr, Expr> done = new IdentityHashMap<>();

  private boolean undefined;

  private Derivative(Expr.Input wrt) {
    this.wrt = wrt;
  }

  /**
   * The derivative of {@code e} by {@code wrt}, of e's type: the constant 0 if independent, null if
   * a {@link SpecialFunction} has none.
   */
  public static Expr of(Expr e, Expr.Input wrt) {
    if (!e.type().isFloat()) {
      throw new IllegalArgumentException(
          "an expression of type " + e.type() + " has no derivative: cast it to F32 or F64");
    }
    Derivative by = new Derivative(wrt);
    Expr derivative = by.of(e);
    if (by.undefined) {
      return null;
    }
    return derivative == null ? constant(e.type(), 0) : derivative;
  }

  /** Null stands for the derivative of what does not depend on the input. */
  private Expr of(Expr e) {
    if (!e.type().isFloat()) {
      return null;
    }
    if (done.containsKey(e)) {
      return done.get(e);
    }
    Expr derivative = derive(e);
    done.put(e, derivative);
    return derivative;
  }

  private Expr derive(Expr e) {
    if (e instanceof Expr.Input input) {
      return input.equals(wrt) ? constant(e.type(), 1) : null;
    } else if (e instanceof Expr.Unary u) {
      Expr da = of(u.a());
      return da == null ? null : unary(u, da);
    } else if (e instanceof Expr.Binary b) {
      return binary(b, of(b.a()), of(b.b()));
    } else if (e instanceof Expr.Fma f) {
      return sum(sum(times(of(f.a()), f.b()), times(of(f.b()), f.a())), of(f.c()));
    } else if (e instanceof Expr.Call c) {
      return call(c);
    } else if (e instanceof Expr.Select s) {
      return choose(s.condition(), of(s.then()), of(s.otherwise()));
    } else if (e instanceof Expr.Check c) {
      return choose(c.ok(), of(c.value()), of(c.fallback()));
    } else if (e instanceof Expr.Cast c) {
      Expr da = of(c.a());
      return da == null ? null : cast(c.type(), da);
    } else if (e instanceof Expr.Repeat) {
      throw new IllegalArgumentException("a loop has no symbolic derivative: give its slope");
    }
    return null;
  }

  private Expr call(Expr.Call e) {
    Expr sum = null;
    for (int i = 0; i < e.arguments().size(); i++) {
      Expr da = of(e.arguments().get(i));
      if (da != null) {
        Expr slope = e.function().slope(i, e.arguments());
        undefined |= slope == null;
        sum = slope == null ? null : sum(sum, mul(da, slope));
      }
    }
    return sum;
  }

  private static Expr unary(Expr.Unary e, Expr da) {
    Expr a = e.a();
    Type type = e.type();
    Expr one = constant(type, 1);
    return switch (e.op()) {
      case NEG -> neg(da);
      case ABS -> mul(da, sign(a));
      case SQRT -> div(da, mul(constant(type, 2), e));
      case EXP -> mul(da, e);
      case EXPM1 -> mul(da, add(e, one));
      case LOG -> div(da, a);
      case LOG1P -> div(da, add(a, one));
      case SIN -> mul(da, cos(a));
      case COS -> neg(mul(da, sin(a)));
      case TAN -> mul(da, add(one, mul(e, e)));
      case TANH -> mul(da, sub(one, mul(e, e)));
      case ERF -> mul(da, mul(constant(type, TWO_OVER_SQRT_PI), exp(neg(mul(a, a)))));
      case FLOOR, CEIL, TRUNC, RINT, NOT, IS_NAN -> null;
    };
  }

  private static Expr binary(Expr.Binary e, Expr da, Expr db) {
    if (da == null && db == null) {
      return null;
    }
    Expr a = e.a();
    Expr b = e.b();
    return switch (e.op()) {
      case ADD -> sum(da, db);
      case SUB -> difference(da, db);
      case MUL -> sum(times(da, b), times(db, a));
      case DIV -> difference(da == null ? null : div(da, b), times(db, div(e, b)));
      case REM -> difference(da, times(db, trunc(div(a, b))));
      case MIN -> extreme(lt(a, b), gt(a, b), da, db);
      case MAX -> extreme(gt(a, b), lt(a, b), da, db);
      case COPYSIGN -> {
        Expr zero = constant(e.type(), 0);
        yield da == null ? null : mul(da, select(eq(a, zero), zero, div(e, a)));
      }
      case POW -> sum(powerByBase(e, da), powerByExponent(e, db));
      case ATAN2 -> {
        Expr numerator = difference(times(da, b), times(db, a));
        Expr square = add(mul(a, a), mul(b, b));
        Expr zero = constant(e.type(), 0);
        yield numerator == null ? null : select(eq(square, zero), zero, div(numerator, square));
      }
      case AND, OR, XOR, SHL, SHR, USHR -> null;
    };
  }

  private static Expr powerByBase(Expr.Binary e, Expr da) {
    if (da == null) {
      return null;
    }
    Expr b = e.b();
    Expr zero = constant(e.type(), 0);
    Expr less = sub(b, constant(e.type(), 1));
    Expr slope = mul(b, less.equals(constant(e.type(), 1)) ? e.a() : pow(e.a(), less));
    return mul(da, select(eq(b, zero), zero, slope));
  }

  private static Expr powerByExponent(Expr.Binary e, Expr db) {
    if (db == null) {
      return null;
    }
    Expr zero = constant(e.type(), 0);
    // 0^b is flat for b >= 0, though log(0) is not finite.
    Expr flat = and(eq(e.a(), zero), ge(e.b(), zero));
    return mul(db, select(flat, zero, mul(e, log(e.a()))));
  }

  /** 1, -1, or x itself where it is zero or NaN. */
  private static Expr sign(Expr x) {
    Expr zero = constant(x.type(), 0);
    Expr below = select(lt(x, zero), constant(x.type(), -1), x);
    return select(gt(x, zero), constant(x.type(), 1), below);
  }

  private static Expr extreme(Expr first, Expr second, Expr da, Expr db) {
    Expr both = sum(da, db);
    Expr tie = mul(both, constant(both.type(), 0.5));
    return choose(first, da, choose(second, db, tie));
  }

  private static Expr choose(Expr condition, Expr then, Expr otherwise) {
    if (then == null && otherwise == null) {
      return null;
    }
    Type type = (then == null ? otherwise : then).type();
    return select(
        condition,
        then == null ? constant(type, 0) : then,
        otherwise == null ? constant(type, 0) : otherwise);
  }

  private static Expr sum(Expr a, Expr b) {
    return a == null ? b : b == null ? a : add(a, b);
  }

  private static Expr difference(Expr a, Expr b) {
    return b == null ? a : a == null ? neg(b) : sub(a, b);
  }

  private static Expr times(Expr derivative, Expr factor) {
    return derivative == null ? null : mul(derivative, factor);
  }
}
