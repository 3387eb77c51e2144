package io.arclight.tensor.ir;

import java.util.function.DoubleToLongFunction;
import java.util.function.LongToDoubleFunction;

/** Steps of casts and bitcasts. */
final class Conversions {
  private Conversions() {}

  /** With {@code round}, a result of type F32 is rounded to float. */
  static Step cast(Expr.Cast e, boolean round, int a, int out) {
    Type from = e.a().type();
    if (e.type().isFloat()) {
      if (from.isFloat()) {
        return (f, n) -> {
          double[] x = f.doubles[a];
          double[] z = f.doubles[out];
          for (int i = 0; i < n; i++) {
            z[i] = round ? (float) x[i] : x[i];
          }
        };
      }
      // Directly to float: an I64 rounded to double first could round twice.
      return round ? toReal(x -> (float) x, a, out) : toReal(x -> x, a, out);
    }
    if (from.isFloat()) {
      return switch (e.type()) {
        case I64 -> toInteger(x -> (long) x, a, out);
        case I32 -> toInteger(x -> (int) x, a, out);
        case BOOL -> toInteger(x -> x != 0 ? 1 : 0, a, out);
        default -> throw ExprCompiler.unsupported(e);
      };
    }
    return switch (e.type()) {
      case I64 -> (f, n) -> System.arraycopy(f.longs[a], 0, f.longs[out], 0, n);
      case I32 ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = (int) f.longs[a][i];
            }
          };
      case BOOL ->
          (f, n) -> {
            for (int i = 0; i < n; i++) {
              f.longs[out][i] = f.longs[a][i] != 0 ? 1 : 0;
            }
          };
      default -> throw ExprCompiler.unsupported(e);
    };
  }

  static Step bitcast(Expr.Bitcast e, int a, int out) {
    return switch (e.type()) {
      case F64 -> toReal(Double::longBitsToDouble, a, out);
      case F32 -> toReal(x -> Float.intBitsToFloat((int) x), a, out);
      case I64 -> toInteger(Double::doubleToRawLongBits, a, out);
      case I32 -> toInteger(x -> Float.floatToRawIntBits((float) x), a, out);
      default -> throw ExprCompiler.unsupported(e);
    };
  }

  private static Step toReal(LongToDoubleFunction function, int a, int out) {
    return (f, n) -> {
      long[] x = f.longs[a];
      double[] z = f.doubles[out];
      for (int i = 0; i < n; i++) {
        z[i] = function.applyAsDouble(x[i]);
      }
    };
  }

  private static Step toInteger(DoubleToLongFunction function, int a, int out) {
    return (f, n) -> {
      double[] x = f.doubles[a];
      long[] z = f.longs[out];
      for (int i = 0; i < n; i++) {
        z[i] = function.applyAsLong(x[i]);
      }
    };
  }
}
