package io.arclight.tensor.ir;

/** Steps of operations on I64, I32 (sign-extended in a long) and BOOL (0 or 1). */
final class IntegerOps {
  private IntegerOps() {}

  private interface Unary {
    long of(long a);
  }

  private interface Binary {
    long of(long a, long b);
  }

  private interface Test {
    boolean of(long a, long b);
  }

  static Step unary(Expr.Unary e, int a, int out) {
    boolean bool = e.type() == Type.BOOL;
    if (e.op() == Expr.UnaryOp.NOT) {
      return bool ? map(x -> x ^ 1, a, out) : map(x -> ~x, a, out);
    }
    if (bool) {
      throw ExprCompiler.unsupported(e);
    }
    boolean narrow = e.type() == Type.I32;
    return switch (e.op()) {
      case NEG -> narrow ? map(x -> -(int) x, a, out) : map(x -> -x, a, out);
      case ABS -> narrow ? map(x -> Math.abs((int) x), a, out) : map(Math::abs, a, out);
      default -> throw ExprCompiler.unsupported(e);
    };
  }

  static Step binary(Expr.Binary e, int a, int b, int out) {
    return switch (e.type()) {
      case I64 -> wide(e, a, b, out);
      case I32 -> narrow(e, a, b, out);
      case BOOL -> bitwise(e, a, b, out);
      default -> throw ExprCompiler.unsupported(e);
    };
  }

  private static Step wide(Expr.Binary e, int a, int b, int out) {
    return switch (e.op()) {
      case ADD ->
          (f, n) -> {
            long[] x = f.longs[a];
            long[] y = f.longs[b];
            long[] z = f.longs[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] + y[i];
            }
          };
      case MUL ->
          (f, n) -> {
            long[] x = f.longs[a];
            long[] y = f.longs[b];
            long[] z = f.longs[out];
            for (int i = 0; i < n; i++) {
              z[i] = x[i] * y[i];
            }
          };
      case SUB -> map((x, y) -> x - y, a, b, out);
      case DIV -> map((x, y) -> y == 0 ? 0 : x / y, a, b, out);
      case REM -> map((x, y) -> y == 0 ? 0 : x % y, a, b, out);
      case SHL -> map((x, y) -> x << y, a, b, out);
      case SHR -> map((x, y) -> x >> y, a, b, out);
      case USHR -> map((x, y) -> x >>> y, a, b, out);
      default -> bitwise(e, a, b, out);
    };
  }

  private static Step narrow(Expr.Binary e, int a, int b, int out) {
    return switch (e.op()) {
      case ADD -> map((x, y) -> (int) (x + y), a, b, out);
      case SUB -> map((x, y) -> (int) (x - y), a, b, out);
      case MUL -> map((x, y) -> (int) (x * y), a, b, out);
      case DIV -> map((x, y) -> y == 0 ? 0 : (int) (x / y), a, b, out);
      case REM -> map((x, y) -> y == 0 ? 0 : x % y, a, b, out);
      case SHL -> map((x, y) -> (int) x << (int) y, a, b, out);
      case SHR -> map((x, y) -> (int) x >> (int) y, a, b, out);
      case USHR -> map((x, y) -> (int) x >>> (int) y, a, b, out);
      default -> bitwise(e, a, b, out);
    };
  }

  private static Step bitwise(Expr.Binary e, int a, int b, int out) {
    return switch (e.op()) {
      case AND -> map((x, y) -> x & y, a, b, out);
      case OR -> map((x, y) -> x | y, a, b, out);
      case XOR -> map((x, y) -> x ^ y, a, b, out);
      case MIN -> map(Math::min, a, b, out);
      case MAX -> map(Math::max, a, b, out);
      default -> throw ExprCompiler.unsupported(e);
    };
  }

  static Step select(int condition, int a, int b, int out) {
    return (f, n) -> {
      long[] chosen = f.longs[condition];
      long[] x = f.longs[a];
      long[] y = f.longs[b];
      long[] z = f.longs[out];
      for (int i = 0; i < n; i++) {
        z[i] = chosen[i] != 0 ? x[i] : y[i];
      }
    };
  }

  static Step compare(Expr.CompareOp op, int a, int b, int out) {
    return switch (op) {
      case EQ -> test((x, y) -> x == y, a, b, out);
      case NE -> test((x, y) -> x != y, a, b, out);
      case LT -> test((x, y) -> x < y, a, b, out);
      case LE -> test((x, y) -> x <= y, a, b, out);
      case GT -> test((x, y) -> x > y, a, b, out);
      case GE -> test((x, y) -> x >= y, a, b, out);
    };
  }

  private static Step map(Unary function, int a, int out) {
    return (f, n) -> {
      long[] x = f.longs[a];
      long[] z = f.longs[out];
      for (int i = 0; i < n; i++) {
        z[i] = function.of(x[i]);
      }
    };
  }

  private static Step map(Binary function, int a, int b, int out) {
    return (f, n) -> {
      long[] x = f.longs[a];
      long[] y = f.longs[b];
      long[] z = f.longs[out];
      for (int i = 0; i < n; i++) {
        z[i] = function.of(x[i], y[i]);
      }
    };
  }

  private static Step test(Test test, int a, int b, int out) {
    return (f, n) -> {
      long[] x = f.longs[a];
      long[] y = f.longs[b];
      long[] z = f.longs[out];
      for (int i = 0; i < n; i++) {
        z[i] = test.of(x[i], y[i]) ? 1 : 0;
      }
    };
  }
}
