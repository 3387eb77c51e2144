package io.arclight.tensor.ir;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Steps of floating-point operations, in double; the caller rounds F32 results. */
final class FloatOps {
  private FloatOps() {}

  static Step unary(Expr.Unary e, int a, int out) {
    return switch (e.op()) {
      case NEG ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = -x[i];
            }
          };
      case ABS ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = Math.abs(x[i]);
            }
          };
      case SQRT ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = Math.sqrt(x[i]);
            }
          };
      case IS_NAN ->
          (f, n) -> {
            double[] x = f.doubles[a];
            long[] z = f.longs[out];
            for (int i = 0; i < n; i++) {
              z[i] = Double.isNaN(x[i]) ? 1 : 0;
            }
          };
      case FLOOR -> map(Math::floor, a, out);
      case CEIL -> map(Math::ceil, a, out);
      case TRUNC -> map(x -> Math.copySign(Math.floor(Math.abs(x)), x), a, out);
      case RINT -> map(Math::rint, a, out);
      case EXP -> map(Math::exp, a, out);
      case EXPM1 -> map(Math::expm1, a, out);
      case LOG -> map(Math::log, a, out);
      case LOG1P -> map(Math::log1p, a, out);
      case SIN -> map(Math::sin, a, out);
      case COS -> map(Math::cos, a, out);
      case TAN -> map(Math::tan, a, out);
      case TANH -> map(Math::tanh, a, out);
      case ERF -> map(ErrorFunction::erf, a, out);
      case NOT -> throw ExprCompiler.unsupported(e);
    };
  }

  static Step binary(Expr.Binary e, int a, int b, int out) {
    return switch (e.op()) {
      case ADD ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] + y[i];
            }
          };
      case SUB ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] - y[i];
            }
          };
      case MUL ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] * y[i];
            }
          };
      case DIV ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] / y[i];
            }
          };
      case MIN ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] < y[i] || Double.isNaN(x[i]) ? x[i] : y[i];
            }
          };
      case MAX ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            double[] z = f.doubles[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] > y[i] || Double.isNaN(x[i]) ? x[i] : y[i];
            }
          };
      case REM -> map((x, y) -> x % y, a, b, out);
      case COPYSIGN -> map(Math::copySign, a, b, out);
      case POW -> map(FloatOps::pow, a, b, out);
      case ATAN2 -> map(Math::atan2, a, b, out);
      case AND, OR, XOR, SHL, SHR, USHR -> throw ExprCompiler.unsupported(e);
    };
  }

  static Step fma(boolean single, int a, int b, int c, int out) {
    if (single) {
      return (f, n) -> {
        double[] x = f.doubles[a];
        double[] y = f.doubles[b];
        double[] w = f.doubles[c];
        double[] z = f.doubles[out];
        for (int i = 0; i < n; i++) {
          z[i] = Math.fma((float) x[i], (float) y[i], (float) w[i]);
        }
      };
    }
    return (f, n) -> {
      double[] x = f.doubles[a];
      double[] y = f.doubles[b];
      double[] w = f.doubles[c];
      double[] z = f.doubles[out];
      for (int i = 0; i < n; i++) {
        z[i] = Math.fma(x[i], y[i], w[i]);
      }
    };
  }

  static Step select(int condition, int a, int b, int out) {
    return (f, n) -> {
      long[] chosen = f.longs[condition];
      double[] x = f.doubles[a];
      double[] y = f.doubles[b];
      double[] z = f.doubles[out];
      for (int i = 0; i < n; i++) {
        z[i] = chosen[i] != 0 ? x[i] : y[i];
      }
    };
  }

  static Step compare(Expr.CompareOp op, int a, int b, int out) {
    return switch (op) {
      case EQ -> test((x, y) -> x == y, a, b, out);
      case NE -> test((x, y) -> x != y, a, b, out);
      case LT ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            long[] z = f.longs[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] < y[i] ? 1 : 0;
            }
          };
      case LE -> test((x, y) -> x <= y, a, b, out);
      case GT ->
          (f, n) -> {
            double[] x = f.doubles[a];
            double[] y = f.doubles[b];
            long[] z = f.longs[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] > y[i] ? 1 : 0;
            }
          };
      case GE -> test((x, y) -> x >= y, a, b, out);
    };
  }

  private static Step map(DoubleUnaryOperator function, int a, int out) {
    return (f, n) -> {
      double[] x = f.doubles[a];
      double[] z = f.doubles[out];
      for (int i = 0; i < n; i++) {
        z[i] = function.applyAsDouble(x[i]);
      }
    };
  }

  private static Step map(DoubleBinaryOperator function, int a, int b, int out) {
    return (f, n) -> {
      double[] x = f.doubles[a];
      double[] y = f.doubles[b];
      double[] z = f.doubles[out];
      for (int i = 0; i < n; i++) {
        z[i] = function.applyAsDouble(x[i], y[i]);
      }
    };
  }

  private interface Test {
    boolean of(double a, double b);
  }

  private static Step test(Test test, int a, int b, int out) {
    return (f, n) -> {
      double[] x = f.doubles[a];
      double[] y = f.doubles[b];
      long[] z = f.longs[out];
      for (int i = 0; i < n; i++) {
        z[i] = test.of(x[i], y[i]) ? 1 : 0;
      }
    };
  }

  /** C99's pow: unlike Java's, 1 to any power and -1 to an infinite one are 1. */
  private static double pow(double a, double b) {
    return a == 1 || (a == -1 && Double.isInfinite(b)) ? 1 : Math.pow(a, b);
  }
}
