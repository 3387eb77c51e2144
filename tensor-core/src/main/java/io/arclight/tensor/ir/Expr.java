package io.arclight.tensor.ir;

import java.util.List;

/**
 * Level 1 of the kernel IR: a typed scalar expression.
 *
 * <p>Expressions are immutable values with structural equality; fusing two of them is substituting
 * one into the other. Integer arithmetic wraps. There is no implicit conversion: both sides of a
 * binary operation have the same type. Floating-point operations are IEEE 754, never contracted or
 * reassociated; {@link Fma} is the only fused operation.
 */
public sealed interface Expr {
  Type type();

  /** A floating-point constant; {@code value} is rounded to float when {@code type} is F32. */
  record Real(Type type, double value) implements Expr {
    // Bitwise, so that 0.0 and -0.0 differ and NaN equals itself.
    @Override
    public boolean equals(Object o) {
      return o instanceof Real r
          && r.type == type
          && Double.doubleToRawLongBits(r.value) == Double.doubleToRawLongBits(value);
    }

    @Override
    public int hashCode() {
      return type.ordinal() * 31 + Double.hashCode(value);
    }
  }

  /** An integer or (0 or 1) boolean constant. */
  record Int(Type type, long value) implements Expr {}

  /** The {@code index}-th operand of an elementwise operation; lowering replaces it by a load. */
  record Input(int index, Type type) implements Expr {}

  /** A scalar given at launch, read from the argument block. */
  record Param(int index, Type type) implements Expr {}

  /** A variable bound by a {@link Stmt} or by the kernel's row. Names are unique in a kernel. */
  record Var(String name, Type type) implements Expr {}

  record Unary(UnaryOp op, Expr a) implements Expr {
    @Override
    public Type type() {
      return op == UnaryOp.IS_NAN ? Type.BOOL : a.type();
    }
  }

  record Binary(BinaryOp op, Expr a, Expr b) implements Expr {
    @Override
    public Type type() {
      return a.type();
    }
  }

  /** Comparison with IEEE semantics: all but NE are false on NaN. */
  record Compare(CompareOp op, Expr a, Expr b) implements Expr {
    @Override
    public Type type() {
      return Type.BOOL;
    }
  }

  /** Both branches may be evaluated; only the chosen one's value counts. */
  record Select(Expr condition, Expr then, Expr otherwise) implements Expr {
    @Override
    public Type type() {
      return then.type();
    }
  }

  /** A function that {@code Expand} replaces by its expansion. */
  record Call(SpecialFunction function, List<Expr> arguments) implements Expr {
    @Override
    public Type type() {
      return arguments.get(0).type();
    }
  }

  /**
   * A value carried round {@code times} iterations, all of whose carried values become {@code next}
   * at once; {@code result} says which. The bodies refer to the carried variables and to {@code
   * index} (I64, from 0) only: what they need of the outside is carried too.
   */
  record Repeat(
      long times, Var index, List<Var> carried, List<Expr> init, List<Expr> next, int result)
      implements Expr {
    @Override
    public Type type() {
      return carried.get(result).type();
    }
  }

  /** {@code a * b + c} with one rounding. */
  record Fma(Expr a, Expr b, Expr c) implements Expr {
    @Override
    public Type type() {
      return a.type();
    }
  }

  /**
   * Value conversion. Float to integer truncates towards zero, saturates, and gives 0 for NaN;
   * anything to BOOL is {@code != 0}; integers wrap when narrowed.
   */
  record Cast(Type type, Expr a) implements Expr {}

  /** Reinterprets the bits between F32 and I32 or F64 and I64. */
  record Bitcast(Type type, Expr a) implements Expr {}

  /**
   * Reads {@code buffer[index]} (index of type I64, in elements); {@code type} is the value type.
   */
  record Load(int buffer, Expr index, Type type) implements Expr {}

  /**
   * Gives {@code value} if {@code ok}; else records {@code code}, the kernel row and {@code
   * reported} (I64) in the launch's error slot, first writer wins, and gives {@code fallback}
   * instead. {@code value} must be safe to evaluate when {@code ok} is false.
   */
  record Check(Expr ok, ErrorCode code, Expr reported, Expr value, Expr fallback) implements Expr {
    @Override
    public Type type() {
      return value.type();
    }
  }

  /**
   * Unary operations. SQRT to RINT and those from EXP on are for floats only; NOT is not. From EXP
   * on they are expanded to the ones before by {@code Expand}.
   */
  enum UnaryOp {
    NEG,
    ABS,
    SQRT,
    FLOOR,
    CEIL,
    TRUNC,
    /** Round half to even. */
    RINT,
    /** Logical not on BOOL, bitwise not on integers. */
    NOT,
    IS_NAN,
    EXP,
    EXPM1,
    LOG,
    LOG1P,
    SIN,
    COS,
    TAN,
    TANH,
    ERF
  }

  /**
   * Binary operations. AND to USHR are for integers; BOOL has only MIN, MAX, AND, OR and XOR. From
   * POW on they are expanded by {@code Expand}.
   */
  enum BinaryOp {
    ADD,
    SUB,
    MUL,
    /** IEEE division on floats; truncating on integers, and 0 when the divisor is 0. */
    DIV,
    /** Remainder with the dividend's sign (C's % and fmod); 0 when an integer divisor is 0. */
    REM,
    /** {@code a < b || isnan(a) ? a : b}: NaN if either is NaN; of equal zeros, b. */
    MIN,
    /** {@code a > b || isnan(a) ? a : b}: NaN if either is NaN; of equal zeros, b. */
    MAX,
    AND,
    OR,
    XOR,
    /** Shift amounts are taken modulo the width. */
    SHL,
    /** Arithmetic shift right. */
    SHR,
    /** Logical shift right. */
    USHR,
    /** Magnitude of a, sign of b; floats only. */
    COPYSIGN,
    POW,
    ATAN2
  }

  enum CompareOp {
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE
  }
}
