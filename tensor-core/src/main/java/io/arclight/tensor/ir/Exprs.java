package io.arclight.tensor.ir;

import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Expr.CompareOp;
import io.arclight.tensor.ir.Expr.UnaryOp;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Builds expressions, checking types and simplifying where the result keeps its bits: constants are
 * folded, x * 1, x / 1, x - 0 and the like vanish.
 */
public final class Exprs {
  private Exprs() {}

  /** A constant of any type; {@code value} is converted to it. */
  public static Expr constant(Type type, double value) {
    return switch (type) {
      case F64 -> new Expr.Real(type, value);
      case F32 -> new Expr.Real(type, (float) value);
      case I64 -> new Expr.Int(type, (long) value);
      case I32 -> new Expr.Int(type, (int) value);
      case BOOL -> new Expr.Int(type, value != 0 ? 1 : 0);
      case F16, BF16, I16, I8, U8 ->
          throw new IllegalArgumentException(type + " is not a value type: use " + type.value());
    };
  }

  public static Expr.Int int64(long value) {
    return new Expr.Int(Type.I64, value);
  }

  public static Expr.Int int32(int value) {
    return new Expr.Int(Type.I32, value);
  }

  public static final Expr.Int TRUE = new Expr.Int(Type.BOOL, 1);
  public static final Expr.Int FALSE = new Expr.Int(Type.BOOL, 0);

  public static Expr add(Expr a, Expr b) {
    // x + 0.0 is not x for x = -0.0, x + -0.0 is.
    double zero = a.type().isFloat() ? -0.0 : 0;
    return is(b, zero) ? a : is(a, zero) ? b : binary(BinaryOp.ADD, a, b);
  }

  public static Expr sub(Expr a, Expr b) {
    return is(b, 0) ? a : binary(BinaryOp.SUB, a, b);
  }

  public static Expr mul(Expr a, Expr b) {
    if (!a.type().isFloat()) {
      if (is(a, 0) || is(b, 1)) {
        return a;
      } else if (is(b, 0)) {
        return b;
      }
    }
    return is(b, 1) ? a : is(a, 1) ? b : binary(BinaryOp.MUL, a, b);
  }

  public static Expr div(Expr a, Expr b) {
    return is(b, 1) ? a : binary(BinaryOp.DIV, a, b);
  }

  public static Expr rem(Expr a, Expr b) {
    return binary(BinaryOp.REM, a, b);
  }

  public static Expr min(Expr a, Expr b) {
    return binary(BinaryOp.MIN, a, b);
  }

  public static Expr max(Expr a, Expr b) {
    return binary(BinaryOp.MAX, a, b);
  }

  public static Expr and(Expr a, Expr b) {
    if (a.type() == Type.BOOL) {
      return is(a, 1) || is(b, 0) ? b : is(b, 1) || is(a, 0) ? a : binary(BinaryOp.AND, a, b);
    }
    return binary(BinaryOp.AND, a, b);
  }

  public static Expr or(Expr a, Expr b) {
    if (a.type() == Type.BOOL) {
      return is(a, 0) || is(b, 1) ? b : is(b, 0) || is(a, 1) ? a : binary(BinaryOp.OR, a, b);
    }
    return binary(BinaryOp.OR, a, b);
  }

  public static Expr xor(Expr a, Expr b) {
    return binary(BinaryOp.XOR, a, b);
  }

  public static Expr shl(Expr a, Expr amount) {
    return binary(BinaryOp.SHL, a, amount);
  }

  public static Expr shr(Expr a, Expr amount) {
    return binary(BinaryOp.SHR, a, amount);
  }

  public static Expr ushr(Expr a, Expr amount) {
    return binary(BinaryOp.USHR, a, amount);
  }

  public static Expr copySign(Expr magnitude, Expr sign) {
    return binary(BinaryOp.COPYSIGN, magnitude, sign);
  }

  public static Expr pow(Expr a, Expr b) {
    return binary(BinaryOp.POW, a, b);
  }

  public static Expr atan2(Expr y, Expr x) {
    return binary(BinaryOp.ATAN2, y, x);
  }

  public static Expr neg(Expr a) {
    return a instanceof Expr.Unary u && u.op() == UnaryOp.NEG ? u.a() : unary(UnaryOp.NEG, a);
  }

  public static Expr abs(Expr a) {
    return unary(UnaryOp.ABS, a);
  }

  public static Expr sqrt(Expr a) {
    return unary(UnaryOp.SQRT, a);
  }

  public static Expr floor(Expr a) {
    return unary(UnaryOp.FLOOR, a);
  }

  public static Expr ceil(Expr a) {
    return unary(UnaryOp.CEIL, a);
  }

  public static Expr trunc(Expr a) {
    return unary(UnaryOp.TRUNC, a);
  }

  public static Expr rint(Expr a) {
    return unary(UnaryOp.RINT, a);
  }

  public static Expr not(Expr a) {
    return unary(UnaryOp.NOT, a);
  }

  public static Expr isNan(Expr a) {
    return unary(UnaryOp.IS_NAN, a);
  }

  public static Expr exp(Expr a) {
    return unary(UnaryOp.EXP, a);
  }

  public static Expr expm1(Expr a) {
    return unary(UnaryOp.EXPM1, a);
  }

  public static Expr log(Expr a) {
    return unary(UnaryOp.LOG, a);
  }

  public static Expr log1p(Expr a) {
    return unary(UnaryOp.LOG1P, a);
  }

  public static Expr sin(Expr a) {
    return unary(UnaryOp.SIN, a);
  }

  public static Expr cos(Expr a) {
    return unary(UnaryOp.COS, a);
  }

  public static Expr tan(Expr a) {
    return unary(UnaryOp.TAN, a);
  }

  public static Expr tanh(Expr a) {
    return unary(UnaryOp.TANH, a);
  }

  public static Expr erf(Expr a) {
    return unary(UnaryOp.ERF, a);
  }

  public static Expr exp2(Expr a) {
    return call(SpecialFunction.EXP2, a);
  }

  public static Expr log2(Expr a) {
    return call(SpecialFunction.LOG2, a);
  }

  public static Expr log10(Expr a) {
    return call(SpecialFunction.LOG10, a);
  }

  public static Expr sinh(Expr a) {
    return call(SpecialFunction.SINH, a);
  }

  public static Expr cosh(Expr a) {
    return call(SpecialFunction.COSH, a);
  }

  /** A function of floats; all arguments have one type. */
  public static Expr call(SpecialFunction function, Expr... arguments) {
    for (Expr a : arguments) {
      requireSame(function.name(), arguments[0], a);
      if (!a.type().isFloat()) {
        throw new IllegalArgumentException(function + " is not defined on " + a.type());
      }
    }
    return new Expr.Call(function, List.of(arguments));
  }

  public static Expr eq(Expr a, Expr b) {
    return compare(CompareOp.EQ, a, b);
  }

  public static Expr ne(Expr a, Expr b) {
    return compare(CompareOp.NE, a, b);
  }

  public static Expr lt(Expr a, Expr b) {
    return compare(CompareOp.LT, a, b);
  }

  public static Expr le(Expr a, Expr b) {
    return compare(CompareOp.LE, a, b);
  }

  public static Expr gt(Expr a, Expr b) {
    return compare(CompareOp.GT, a, b);
  }

  public static Expr ge(Expr a, Expr b) {
    return compare(CompareOp.GE, a, b);
  }

  public static Expr unary(UnaryOp op, Expr a) {
    boolean fits =
        switch (op) {
          case NEG, ABS -> a.type() != Type.BOOL;
          case NOT -> !a.type().isFloat();
          default -> a.type().isFloat();
        };
    if (!fits) {
      throw new IllegalArgumentException(op + " is not defined on " + a.type());
    }
    return fold(new Expr.Unary(op, a), op.ordinal() < UnaryOp.EXP.ordinal() && isConstant(a));
  }

  public static Expr binary(BinaryOp op, Expr a, Expr b) {
    requireSame(op.name(), a, b);
    boolean fits =
        switch (op) {
          case ADD, SUB, MUL, DIV, REM -> a.type() != Type.BOOL;
          case MIN, MAX -> true;
          case AND, OR, XOR -> !a.type().isFloat();
          case SHL, SHR, USHR -> a.type().isInteger();
          case COPYSIGN, POW, ATAN2 -> a.type().isFloat();
        };
    if (!fits) {
      throw new IllegalArgumentException(op + " is not defined on " + a.type());
    }
    boolean basic = op.ordinal() < BinaryOp.POW.ordinal();
    return fold(new Expr.Binary(op, a, b), basic && isConstant(a) && isConstant(b));
  }

  public static Expr compare(CompareOp op, Expr a, Expr b) {
    requireSame(op.name(), a, b);
    return fold(new Expr.Compare(op, a, b), isConstant(a) && isConstant(b));
  }

  public static Expr select(Expr condition, Expr then, Expr otherwise) {
    requireSame("select", then, otherwise);
    if (condition instanceof Expr.Int c) {
      return c.value() != 0 ? then : otherwise;
    }
    return then == otherwise ? then : new Expr.Select(condition, then, otherwise);
  }

  public static Expr fma(Expr a, Expr b, Expr c) {
    requireSame("fma", a, b);
    requireSame("fma", a, c);
    return fold(new Expr.Fma(a, b, c), isConstant(a) && isConstant(b) && isConstant(c));
  }

  /** Converts to {@code type}; nothing where the types agree. */
  public static Expr cast(Type type, Expr a) {
    return type == a.type() ? a : fold(new Expr.Cast(type, a), isConstant(a));
  }

  public static Expr bitcast(Type type, Expr a) {
    return type == a.type() ? a : fold(new Expr.Bitcast(type, a), isConstant(a));
  }

  public static Expr load(int buffer, Expr index, Type type) {
    return new Expr.Load(buffer, index, type.value());
  }

  /**
   * Rebuilds {@code e} from the operands up: every node, its operands already replaced, is passed
   * to {@code replace}, which returns it or what takes its place. A node that occurs several times
   * as the same object is visited once and stays shared.
   */
  public static Expr substitute(Expr e, Function<Expr, Expr> replace) {
    return substitute(e, replace, new IdentityHashMap<>());
  }

  private static Expr substitute(Expr e, Function<Expr, Expr> replace, Map<Expr, Expr> done) {
    Expr known = done.get(e);
    if (known == null) {
      known = replace.apply(mapOperands(e, operand -> substitute(operand, replace, done)));
      done.put(e, known);
    }
    return known;
  }

  /** The node with each operand replaced; the node itself if none changes. */
  static Expr mapOperands(Expr e, Function<Expr, Expr> map) {
    if (e instanceof Expr.Unary u) {
      Expr a = map.apply(u.a());
      return a == u.a() ? e : new Expr.Unary(u.op(), a);
    } else if (e instanceof Expr.Binary x) {
      Expr a = map.apply(x.a());
      Expr b = map.apply(x.b());
      return a == x.a() && b == x.b() ? e : new Expr.Binary(x.op(), a, b);
    } else if (e instanceof Expr.Compare x) {
      Expr a = map.apply(x.a());
      Expr b = map.apply(x.b());
      return a == x.a() && b == x.b() ? e : new Expr.Compare(x.op(), a, b);
    } else if (e instanceof Expr.Select s) {
      return new Expr.Select(
          map.apply(s.condition()), map.apply(s.then()), map.apply(s.otherwise()));
    } else if (e instanceof Expr.Call c) {
      return new Expr.Call(c.function(), c.arguments().stream().map(map).toList());
    } else if (e instanceof Expr.Repeat r) {
      List<Expr> init = r.init().stream().map(map).toList();
      return new Expr.Repeat(r.times(), r.index(), r.carried(), init, r.next(), r.result());
    } else if (e instanceof Expr.Fma f) {
      return new Expr.Fma(map.apply(f.a()), map.apply(f.b()), map.apply(f.c()));
    } else if (e instanceof Expr.Cast c) {
      Expr a = map.apply(c.a());
      return a == c.a() ? e : new Expr.Cast(c.type(), a);
    } else if (e instanceof Expr.Bitcast b) {
      Expr a = map.apply(b.a());
      return a == b.a() ? e : new Expr.Bitcast(b.type(), a);
    } else if (e instanceof Expr.Load l) {
      Expr index = map.apply(l.index());
      return index == l.index() ? e : new Expr.Load(l.buffer(), index, l.type());
    } else if (e instanceof Expr.Check c) {
      return new Expr.Check(
          map.apply(c.ok()),
          c.code(),
          map.apply(c.reported()),
          map.apply(c.value()),
          map.apply(c.fallback()));
    }
    return e;
  }

  static boolean isConstant(Expr e) {
    return e instanceof Expr.Real || e instanceof Expr.Int;
  }

  private static boolean is(Expr e, double value) {
    return e instanceof Expr.Real r
        ? Double.doubleToRawLongBits(r.value()) == Double.doubleToRawLongBits(value)
        : e instanceof Expr.Int i && i.value() == value;
  }

  private static Expr fold(Expr e, boolean constant) {
    return constant ? Interpreter.constant(e) : e;
  }

  private static void requireSame(String op, Expr a, Expr b) {
    if (a.type() != b.type()) {
      throw new IllegalArgumentException(
          op + " of " + a.type() + " and " + b.type() + ": cast one of them");
    }
  }
}
