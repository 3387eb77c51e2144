package io.arclight.tensor.ir;

import io.arclight.tensor.ir.Evaluator.LongValue;

/** Closures of operations on I64, I32 (sign-extended in a long) and BOOL (0 or 1). */
final class IntegerOps {
  private IntegerOps() {}

  static LongValue unary(Expr.Unary e, LongValue a) {
    boolean bool = e.type() == Type.BOOL;
    if (e.op() == Expr.UnaryOp.NOT) {
      return bool ? f -> a.of(f) ^ 1 : f -> ~a.of(f);
    }
    if (bool) {
      throw ExprCompiler.unsupported(e);
    }
    boolean narrow = e.type() == Type.I32;
    return switch (e.op()) {
      case NEG -> narrow ? f -> -(int) a.of(f) : f -> -a.of(f);
      case ABS -> narrow ? f -> Math.abs((int) a.of(f)) : f -> Math.abs(a.of(f));
      default -> throw ExprCompiler.unsupported(e);
    };
  }

  static LongValue binary(Expr.Binary e, LongValue a, LongValue b) {
    if (e.b().type() != e.a().type()) {
      throw new IllegalArgumentException(
          e.op() + " of " + e.a().type() + " and " + e.b().type() + ": cast one of them");
    }
    return switch (e.type()) {
      case I64 -> wide(e, a, b);
      case I32 -> narrow(e, a, b);
      case BOOL -> bitwise(e, a, b);
      case F64, F32, U8 -> throw ExprCompiler.unsupported(e);
    };
  }

  private static LongValue wide(Expr.Binary e, LongValue a, LongValue b) {
    return switch (e.op()) {
      case ADD -> f -> a.of(f) + b.of(f);
      case SUB -> f -> a.of(f) - b.of(f);
      case MUL -> f -> a.of(f) * b.of(f);
      case DIV ->
          f -> {
            long divisor = b.of(f);
            return divisor == 0 ? 0 : a.of(f) / divisor;
          };
      case REM ->
          f -> {
            long divisor = b.of(f);
            return divisor == 0 ? 0 : a.of(f) % divisor;
          };
      case SHL -> f -> a.of(f) << b.of(f);
      case SHR -> f -> a.of(f) >> b.of(f);
      case USHR -> f -> a.of(f) >>> b.of(f);
      default -> bitwise(e, a, b);
    };
  }

  private static LongValue narrow(Expr.Binary e, LongValue a, LongValue b) {
    return switch (e.op()) {
      case ADD -> f -> (int) (a.of(f) + b.of(f));
      case SUB -> f -> (int) (a.of(f) - b.of(f));
      case MUL -> f -> (int) (a.of(f) * b.of(f));
      case DIV ->
          f -> {
            int divisor = (int) b.of(f);
            return divisor == 0 ? 0 : (int) a.of(f) / divisor;
          };
      case REM ->
          f -> {
            int divisor = (int) b.of(f);
            return divisor == 0 ? 0 : (int) a.of(f) % divisor;
          };
      case SHL -> f -> (int) a.of(f) << (int) b.of(f);
      case SHR -> f -> (int) a.of(f) >> (int) b.of(f);
      case USHR -> f -> (int) a.of(f) >>> (int) b.of(f);
      default -> bitwise(e, a, b);
    };
  }

  private static LongValue bitwise(Expr.Binary e, LongValue a, LongValue b) {
    return switch (e.op()) {
      case AND -> f -> a.of(f) & b.of(f);
      case OR -> f -> a.of(f) | b.of(f);
      case XOR -> f -> a.of(f) ^ b.of(f);
      case MIN -> f -> Math.min(a.of(f), b.of(f));
      case MAX -> f -> Math.max(a.of(f), b.of(f));
      default -> throw ExprCompiler.unsupported(e);
    };
  }

  static LongValue compare(Expr.CompareOp op, LongValue a, LongValue b) {
    return switch (op) {
      case EQ -> f -> a.of(f) == b.of(f) ? 1 : 0;
      case NE -> f -> a.of(f) != b.of(f) ? 1 : 0;
      case LT -> f -> a.of(f) < b.of(f) ? 1 : 0;
      case LE -> f -> a.of(f) <= b.of(f) ? 1 : 0;
      case GT -> f -> a.of(f) > b.of(f) ? 1 : 0;
      case GE -> f -> a.of(f) >= b.of(f) ? 1 : 0;
    };
  }
}
