package io.arclight.tensor.ir;

import java.util.Locale;

/** Expressions as C text, in terms of the prologue {@code kernel.h}. */
final class CExpr {
  private final Kernel kernel;

  CExpr(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The C type of a buffer's elements. */
  static String element(Type type) {
    return switch (type) {
      case U8, BOOL -> "unsigned char";
      case I8 -> "signed char";
      case I16 -> "short";
      default -> value(type);
    };
  }

  /** The C type of a value; booleans are int, 0 or 1. */
  static String value(Type type) {
    return switch (type) {
      case F64 -> "double";
      case F32 -> "float";
      case I64 -> "long long";
      default -> "int";
    };
  }

  /** Prefixed, so that no name is a keyword. */
  static String variable(Expr.Var variable) {
    return "v_" + variable.name().replaceAll("[^A-Za-z0-9_]", "_");
  }

  String of(Expr e) {
    if (e instanceof Expr.Real r) {
      return real(r);
    } else if (e instanceof Expr.Int i) {
      return i.type() == Type.I64 ? integer(i.value(), "ll") : integer(i.value(), "");
    } else if (e instanceof Expr.Var v) {
      return variable(v);
    } else if (e instanceof Expr.Param p) {
      return param(p);
    } else if (e instanceof Expr.Unary u) {
      return unary(u, of(u.a()));
    } else if (e instanceof Expr.Binary b) {
      return binary(b, of(b.a()), of(b.b()));
    } else if (e instanceof Expr.Compare c) {
      String sign =
          switch (c.op()) {
            case EQ -> "==";
            case NE -> "!=";
            case LT -> "<";
            case LE -> "<=";
            case GT -> ">";
            case GE -> ">=";
          };
      return "(" + of(c.a()) + " " + sign + " " + of(c.b()) + ")";
    } else if (e instanceof Expr.Select s) {
      return "(" + of(s.condition()) + " ? " + of(s.then()) + " : " + of(s.otherwise()) + ")";
    } else if (e instanceof Expr.Fma f) {
      return call(f.type() == Type.F32 ? "fmaf" : "fma", of(f.a()), of(f.b()), of(f.c()));
    } else if (e instanceof Expr.Cast c) {
      return cast(c, of(c.a()));
    } else if (e instanceof Expr.Bitcast b) {
      return call("as_" + suffix(b.type()), of(b.a()));
    } else if (e instanceof Expr.Load l) {
      String element = "b" + l.buffer() + "[" + of(l.index()) + "]";
      boolean bool = kernel.buffers().get(l.buffer()).type() == Type.BOOL;
      return bool ? "(" + element + " != 0)" : element;
    } else if (e instanceof Expr.Check c) {
      String row = variable(kernel.row());
      String code = String.valueOf(c.code().ordinal());
      String report = call("report", "error", code, row, of(c.reported()));
      return "("
          + of(c.ok())
          + " ? "
          + of(c.value())
          + " : ("
          + report
          + ", "
          + of(c.fallback())
          + "))";
    }
    throw ExprCompiler.unsupported(e);
  }

  private String param(Expr.Param p) {
    String slot = "args[" + (kernel.buffers().size() + p.index()) + "]";
    return switch (p.type()) {
      case F64 -> call("as_f64", slot);
      case F32 -> call("as_f32", "(int)" + slot);
      case I64 -> slot;
      case I32 -> "(int)" + slot;
      case BOOL -> "(" + slot + " != 0)";
      default -> throw ExprCompiler.unsupported(p);
    };
  }

  private static String unary(Expr.Unary u, String a) {
    Type type = u.type();
    return switch (u.op()) {
      case NEG -> type.isFloat() ? "(-" + a + ")" : call("neg_" + suffix(type), a);
      case ABS -> type.isFloat() ? math("fabs", type, a) : call("abs_" + suffix(type), a);
      case SQRT -> math("sqrt", type, a);
      case FLOOR -> math("floor", type, a);
      case CEIL -> math("ceil", type, a);
      case TRUNC -> math("trunc", type, a);
      case RINT -> math("rint", type, a);
      case NOT -> (type == Type.BOOL ? "(!" : "(~") + a + ")";
      case IS_NAN -> "(" + a + " != " + a + ")";
      case EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, TANH, ERF -> throw ExprCompiler.unsupported(u);
    };
  }

  private static String binary(Expr.Binary x, String a, String b) {
    Type type = x.type();
    boolean real = type.isFloat();
    String function = x.op().name().toLowerCase(Locale.ROOT) + "_" + suffix(type);
    return switch (x.op()) {
      case ADD -> real ? infix(a, "+", b) : call(function, a, b);
      case SUB -> real ? infix(a, "-", b) : call(function, a, b);
      case MUL -> real ? infix(a, "*", b) : call(function, a, b);
      case DIV -> real ? infix(a, "/", b) : call(function, a, b);
      case REM -> real ? math("fmod", type, a, b) : call(function, a, b);
      case MIN, MAX, SHL, SHR, USHR -> call(function, a, b);
      case AND -> infix(a, "&", b);
      case OR -> infix(a, "|", b);
      case XOR -> infix(a, "^", b);
      case COPYSIGN -> math("copysign", type, a, b);
      case POW, ATAN2 -> throw ExprCompiler.unsupported(x);
    };
  }

  private static String cast(Expr.Cast c, String a) {
    Type from = c.a().type();
    if (c.type() == Type.BOOL) {
      return "(" + a + " != 0)";
    } else if (from.isFloat() && c.type().isInteger()) {
      return call(suffix(from) + "_to_" + suffix(c.type()), a);
    }
    return "((" + value(c.type()) + ")" + a + ")";
  }

  private static String real(Expr.Real r) {
    boolean single = r.type() == Type.F32;
    if (!Double.isFinite(single ? (float) r.value() : r.value())) {
      return single
          ? call("as_f32", integer(Float.floatToIntBits((float) r.value()), ""))
          : call("as_f64", integer(Double.doubleToLongBits(r.value()), "ll"));
    }
    String digits =
        single ? Float.toHexString((float) r.value()) + "f" : Double.toHexString(r.value());
    return digits.startsWith("-") ? "(" + digits + ")" : digits;
  }

  private static String integer(long value, String suffix) {
    // The least value has no literal of its own type.
    return value == Long.MIN_VALUE || (suffix.isEmpty() && value == Integer.MIN_VALUE)
        ? "(" + (value + 1) + suffix + " - 1)"
        : value < 0 ? "(" + value + suffix + ")" : value + suffix;
  }

  private static String suffix(Type type) {
    return type == Type.BOOL ? "i32" : type.name().toLowerCase(Locale.ROOT);
  }

  private static String math(String name, Type type, String... operands) {
    return call(type == Type.F32 ? name + "f" : name, operands);
  }

  private static String infix(String a, String sign, String b) {
    return "(" + a + " " + sign + " " + b + ")";
  }

  private static String call(String name, String... operands) {
    return name + "(" + String.join(", ", operands) + ")";
  }
}
