package io.arclight.tensor.ir;

import io.arclight.tensor.ir.Evaluator.DoubleValue;
import io.arclight.tensor.ir.Evaluator.LongValue;

/** Closures of floating-point operations, in double; the caller rounds F32 results. */
final class FloatOps {
  private FloatOps() {}

  static DoubleValue unary(Expr.Unary e, DoubleValue a) {
    return switch (e.op()) {
      case NEG -> f -> -a.of(f);
      case ABS -> f -> Math.abs(a.of(f));
      case SQRT -> f -> Math.sqrt(a.of(f));
      case FLOOR -> f -> Math.floor(a.of(f));
      case CEIL -> f -> Math.ceil(a.of(f));
      case TRUNC -> f -> trunc(a.of(f));
      case RINT -> f -> Math.rint(a.of(f));
      case EXP -> f -> Math.exp(a.of(f));
      case EXPM1 -> f -> Math.expm1(a.of(f));
      case LOG -> f -> Math.log(a.of(f));
      case LOG1P -> f -> Math.log1p(a.of(f));
      case SIN -> f -> Math.sin(a.of(f));
      case COS -> f -> Math.cos(a.of(f));
      case TAN -> f -> Math.tan(a.of(f));
      case TANH -> f -> Math.tanh(a.of(f));
      case ERF -> f -> ErrorFunction.erf(a.of(f));
      case NOT, IS_NAN -> throw ExprCompiler.unsupported(e);
    };
  }

  static DoubleValue binary(Expr.Binary e, DoubleValue a, DoubleValue b) {
    if (e.b().type() != e.a().type()) {
      throw new IllegalArgumentException(
          e.op() + " of " + e.a().type() + " and " + e.b().type() + ": cast one of them");
    }
    return switch (e.op()) {
      case ADD -> f -> a.of(f) + b.of(f);
      case SUB -> f -> a.of(f) - b.of(f);
      case MUL -> f -> a.of(f) * b.of(f);
      case DIV -> f -> a.of(f) / b.of(f);
      case REM -> f -> a.of(f) % b.of(f);
      case MIN -> f -> min(a.of(f), b.of(f));
      case MAX -> f -> max(a.of(f), b.of(f));
      case COPYSIGN -> f -> Math.copySign(a.of(f), b.of(f));
      case POW -> f -> pow(a.of(f), b.of(f));
      case ATAN2 -> f -> Math.atan2(a.of(f), b.of(f));
      case AND, OR, XOR, SHL, SHR, USHR -> throw ExprCompiler.unsupported(e);
    };
  }

  static LongValue compare(Expr.CompareOp op, DoubleValue a, DoubleValue b) {
    return switch (op) {
      case EQ -> f -> a.of(f) == b.of(f) ? 1 : 0;
      case NE -> f -> a.of(f) != b.of(f) ? 1 : 0;
      case LT -> f -> a.of(f) < b.of(f) ? 1 : 0;
      case LE -> f -> a.of(f) <= b.of(f) ? 1 : 0;
      case GT -> f -> a.of(f) > b.of(f) ? 1 : 0;
      case GE -> f -> a.of(f) >= b.of(f) ? 1 : 0;
    };
  }

  private static double trunc(double a) {
    return Math.copySign(Math.floor(Math.abs(a)), a);
  }

  private static double min(double a, double b) {
    return a < b || Double.isNaN(a) ? a : b;
  }

  private static double max(double a, double b) {
    return a > b || Double.isNaN(a) ? a : b;
  }

  /** C99's pow: unlike Java's, 1 to any power and -1 to an infinite one are 1. */
  private static double pow(double a, double b) {
    return a == 1 || (a == -1 && Double.isInfinite(b)) ? 1 : Math.pow(a, b);
  }
}
