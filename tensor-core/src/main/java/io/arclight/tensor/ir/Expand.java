package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.cast;

import io.arclight.tensor.ir.Expr.BinaryOp;
import io.arclight.tensor.ir.Expr.UnaryOp;
import java.util.List;

/**
 * Rewrites the functions (EXP, LOG, ..., POW, ATAN2) to basic operations, without loops or tables,
 * so that they vectorise and give the same bits in every reader, and half types to integers.
 *
 * <p>F32 results are within 2 units in the last place, F64 results within 4 (see {@link
 * Trigonometry} for very large angles); infinities, NaN, subnormals and signed zeros are as in C99.
 */
public final class Expand {
  private Expand() {}

  /**
   * The kernel with all functions and half types expanded, and with each sub-expression that occurs
   * several times bound by a let.
   */
  public static Kernel expand(Kernel kernel) {
    return expand(kernel, HalfConversion.INTEGERS);
  }

  /** As {@link #expand(Kernel)}, for a reader whose F16 elements are converted that way. */
  public static Kernel expand(Kernel kernel, HalfConversion conversion) {
    Halves halves = new Halves(kernel.buffers(), conversion);
    return new Sharing(
            kernel,
            halves.buffers(),
            e -> Exprs.substitute(e, x -> x instanceof Expr.Load l ? halves.load(l) : node(x)),
            halves::stored)
        .share();
  }

  /** The expression with all functions expanded; shared parts are the same objects. */
  public static Expr expand(Expr e) {
    return Exprs.substitute(e, Expand::node);
  }

  /**
   * The expression with calls of special functions expanded in F64, down to the other functions;
   * expansions in F32 may count on its rounding.
   */
  static Expr calls(Expr e) {
    return Exprs.substitute(e, x -> x instanceof Expr.Call c ? wide(c) : x);
  }

  private static Expr wide(Expr.Call c) {
    List<Expr> arguments = c.arguments().stream().map(a -> cast(Type.F64, a)).toList();
    return cast(c.type(), calls(c.function().expansion(arguments)));
  }

  private static Expr node(Expr e) {
    if (e instanceof Expr.Unary u && u.op().ordinal() >= UnaryOp.EXP.ordinal()) {
      return unary(u.op(), u.a());
    } else if (e instanceof Expr.Binary b && b.op().ordinal() >= BinaryOp.POW.ordinal()) {
      Type type = b.type();
      Expr left = cast(Type.F64, b.a());
      Expr right = cast(Type.F64, b.b());
      return cast(
          type,
          b.op() == BinaryOp.POW
              ? PowerFunction.pow(left, right, type)
              : Trigonometry.atan2(left, right));
    }
    if (e instanceof Expr.Call c) {
      return expand(c.function().expansion(c.arguments()));
    }
    return e;
  }

  private static Expr unary(UnaryOp op, Expr a) {
    Type type = a.type();
    Expr wide = cast(Type.F64, a);
    return switch (op) {
      case EXP -> Exponential.exp(a);
      case EXPM1 -> Exponential.expm1(a);
      case TANH -> Exponential.tanh(a);
      case LOG -> Logarithm.log(a);
      case LOG1P -> Logarithm.log1p(a);
      case ERF -> ErrorFunctionExpansion.erf(a);
      case SIN -> cast(type, Trigonometry.sin(wide, type));
      case COS -> cast(type, Trigonometry.cos(wide, type));
      case TAN -> cast(type, Trigonometry.tan(wide, type));
      case NEG, ABS, SQRT, FLOOR, CEIL, TRUNC, RINT, NOT, IS_NAN ->
          throw new IllegalArgumentException(op + " is a basic operation");
    };
  }
}
