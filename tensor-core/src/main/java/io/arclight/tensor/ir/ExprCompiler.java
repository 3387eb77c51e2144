package io.arclight.tensor.ir;

import io.arclight.tensor.ir.Evaluator.DoubleValue;
import io.arclight.tensor.ir.Evaluator.LongValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles expressions to closures.
 *
 * <p>F32 values are carried as doubles and rounded after each operation. For +, -, *, / and square
 * root of floats, rounding to double first and to float afterwards gives the float result, because
 * 53 >= 2 * 24 + 2.
 */
final class ExprCompiler {
  private final List<Kernel.Buffer> buffers;
  private final boolean oracle;
  private final Map<String, Integer> slots = new HashMap<>();
  private int longSlots;
  private int doubleSlots;

  /** With {@code oracle}, F32 results are not rounded. */
  ExprCompiler(List<Kernel.Buffer> buffers, boolean oracle) {
    this.buffers = buffers;
    this.oracle = oracle;
  }

  Frame frame(int arguments) {
    return new Frame(longSlots, doubleSlots, arguments);
  }

  /** Gives a variable {@code count} consecutive slots and returns the first one. */
  int declare(Expr.Var variable, int count) {
    int slot = reserve(variable.type(), count);
    if (slots.putIfAbsent(variable.name(), slot) != null) {
      throw new IllegalArgumentException(
          "variable " + variable.name() + " is bound twice in one kernel; rename one");
    }
    return slot;
  }

  int reserve(Type type, int count) {
    int slot;
    if (type.isFloat()) {
      slot = doubleSlots;
      doubleSlots += count;
    } else {
      slot = longSlots;
      longSlots += count;
    }
    return slot;
  }

  private int slot(Expr.Var variable) {
    Integer slot = slots.get(variable.name());
    if (slot == null) {
      throw new IllegalArgumentException(
          "variable " + variable.name() + " is used where it is not bound");
    }
    return slot;
  }

  LongValue integer(Expr e) {
    if (e instanceof Expr.Int c) {
      long value = c.value();
      return f -> value;
    } else if (e instanceof Expr.Var v) {
      int slot = slot(v);
      return f -> f.longs[slot];
    } else if (e instanceof Expr.Param p) {
      int argument = buffers.size() + p.index();
      return switch (p.type()) {
        case I64 -> f -> f.args[argument];
        case I32 -> f -> (int) f.args[argument];
        case BOOL -> f -> f.args[argument] != 0 ? 1 : 0;
        case F64, F32, U8 -> throw unsupported(e);
      };
    } else if (e instanceof Expr.Unary u) {
      return u.op() == Expr.UnaryOp.IS_NAN ? isNan(u) : IntegerOps.unary(u, integer(u.a()));
    } else if (e instanceof Expr.Binary b) {
      return IntegerOps.binary(b, integer(b.a()), integer(b.b()));
    } else if (e instanceof Expr.Compare c) {
      return c.a().type().isFloat()
          ? FloatOps.compare(c.op(), real(c.a()), real(c.b()))
          : IntegerOps.compare(c.op(), integer(c.a()), integer(c.b()));
    } else if (e instanceof Expr.Select s) {
      LongValue condition = integer(s.condition());
      LongValue then = integer(s.then());
      LongValue otherwise = integer(s.otherwise());
      return f -> condition.of(f) != 0 ? then.of(f) : otherwise.of(f);
    } else if (e instanceof Expr.Cast c) {
      return toInteger(c);
    } else if (e instanceof Expr.Bitcast b) {
      DoubleValue a = real(b.a());
      return b.type() == Type.I32
          ? f -> Float.floatToRawIntBits((float) a.of(f))
          : f -> Double.doubleToRawLongBits(a.of(f));
    } else if (e instanceof Expr.Load l) {
      return integerLoad(l);
    } else if (e instanceof Expr.Check c) {
      LongValue ok = integer(c.ok());
      LongValue reported = integer(c.reported());
      LongValue value = integer(c.value());
      LongValue fallback = integer(c.fallback());
      return f -> {
        if (ok.of(f) != 0) {
          return value.of(f);
        }
        f.report(c.code(), reported.of(f));
        return fallback.of(f);
      };
    }
    throw unsupported(e);
  }

  DoubleValue real(Expr e) {
    if (e instanceof Expr.Real c) {
      double value = e.type() == Type.F32 ? (float) c.value() : c.value();
      return f -> value;
    } else if (e instanceof Expr.Var v) {
      int slot = slot(v);
      return f -> f.doubles[slot];
    } else if (e instanceof Expr.Param p) {
      int argument = buffers.size() + p.index();
      return e.type() == Type.F32
          ? f -> Float.intBitsToFloat((int) f.args[argument])
          : f -> Double.longBitsToDouble(f.args[argument]);
    } else if (e instanceof Expr.Unary u) {
      return rounded(u.type(), FloatOps.unary(u, real(u.a())));
    } else if (e instanceof Expr.Binary b) {
      return rounded(b.type(), FloatOps.binary(b, real(b.a()), real(b.b())));
    } else if (e instanceof Expr.Fma m) {
      return fma(m);
    } else if (e instanceof Expr.Select s) {
      LongValue condition = integer(s.condition());
      DoubleValue then = real(s.then());
      DoubleValue otherwise = real(s.otherwise());
      return f -> condition.of(f) != 0 ? then.of(f) : otherwise.of(f);
    } else if (e instanceof Expr.Cast c) {
      return toReal(c);
    } else if (e instanceof Expr.Bitcast b) {
      LongValue a = integer(b.a());
      return b.type() == Type.F32
          ? f -> Float.intBitsToFloat((int) a.of(f))
          : f -> Double.longBitsToDouble(a.of(f));
    } else if (e instanceof Expr.Load l) {
      int buffer = l.buffer();
      LongValue index = integer(l.index());
      return bufferType(l) == Type.F32
          ? f -> RawMemory.float32(f.args[buffer] + 4 * index.of(f))
          : f -> RawMemory.float64(f.args[buffer] + 8 * index.of(f));
    } else if (e instanceof Expr.Check c) {
      LongValue ok = integer(c.ok());
      LongValue reported = integer(c.reported());
      DoubleValue value = real(c.value());
      DoubleValue fallback = real(c.fallback());
      return f -> {
        if (ok.of(f) != 0) {
          return value.of(f);
        }
        f.report(c.code(), reported.of(f));
        return fallback.of(f);
      };
    }
    throw unsupported(e);
  }

  private DoubleValue rounded(Type type, DoubleValue value) {
    return type == Type.F64 || oracle ? value : f -> (float) value.of(f);
  }

  private DoubleValue fma(Expr.Fma e) {
    DoubleValue a = real(e.a());
    DoubleValue b = real(e.b());
    DoubleValue c = real(e.c());
    return e.type() == Type.F64 || oracle
        ? f -> Math.fma(a.of(f), b.of(f), c.of(f))
        : f -> Math.fma((float) a.of(f), (float) b.of(f), (float) c.of(f));
  }

  private LongValue isNan(Expr.Unary e) {
    DoubleValue a = real(e.a());
    return f -> Double.isNaN(a.of(f)) ? 1 : 0;
  }

  private LongValue toInteger(Expr.Cast e) {
    if (e.a().type().isFloat()) {
      DoubleValue a = real(e.a());
      return switch (e.type()) {
        case I64 -> f -> (long) a.of(f);
        case I32 -> f -> (int) a.of(f);
        case BOOL -> f -> a.of(f) != 0 ? 1 : 0;
        case F64, F32, U8 -> throw unsupported(e);
      };
    }
    LongValue a = integer(e.a());
    return switch (e.type()) {
      case I64 -> a;
      case I32 -> f -> (int) a.of(f);
      case BOOL -> f -> a.of(f) != 0 ? 1 : 0;
      case F64, F32, U8 -> throw unsupported(e);
    };
  }

  private DoubleValue toReal(Expr.Cast e) {
    if (e.a().type().isFloat()) {
      return rounded(e.type(), real(e.a()));
    }
    LongValue a = integer(e.a());
    // Directly to float: an I64 rounded to double first could round twice.
    return e.type() == Type.F32 && !oracle ? f -> (float) a.of(f) : f -> (double) a.of(f);
  }

  private LongValue integerLoad(Expr.Load e) {
    int buffer = e.buffer();
    LongValue index = integer(e.index());
    return switch (bufferType(e)) {
      case I64 -> f -> RawMemory.int64(f.args[buffer] + 8 * index.of(f));
      case I32 -> f -> RawMemory.int32(f.args[buffer] + 4 * index.of(f));
      case U8 -> f -> RawMemory.int8(f.args[buffer] + index.of(f)) & 0xff;
      case BOOL -> f -> RawMemory.int8(f.args[buffer] + index.of(f)) != 0 ? 1 : 0;
      case F64, F32 -> throw unsupported(e);
    };
  }

  private Type bufferType(Expr.Load e) {
    Type type = buffers.get(e.buffer()).type();
    if (e.type() != type.value()) {
      throw new IllegalArgumentException(
          "load of type " + e.type() + " from buffer " + e.buffer() + " of type " + type);
    }
    return type;
  }

  static IllegalArgumentException unsupported(Expr e) {
    return new IllegalArgumentException(
        "no such operation on " + e.type() + ": " + e.getClass().getSimpleName() + " " + e);
  }
}
