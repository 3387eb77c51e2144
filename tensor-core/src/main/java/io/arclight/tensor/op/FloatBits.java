package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;
import static io.arclight.tensor.op.Formulas.one;
import static io.arclight.tensor.op.Formulas.zero;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Exprs;
import io.arclight.tensor.ir.Type;

/** Elementwise meanings that look at the bits of floats. */
final class FloatBits {
  private FloatBits() {}

  /** A number as 1.fraction times a power of two. */
  private record Format(Type type, Type bits, int fraction, int bias) {
    static Format of(Expr x) {
      return x.type() == Type.F64
          ? new Format(Type.F64, Type.I64, 52, 1023)
          : new Format(Type.F32, Type.I32, 23, 127);
    }

    Expr integer(long value) {
      return new Expr.Int(bits, value);
    }

    Expr real(Expr integer) {
      return bitcast(type, integer);
    }
  }

  static Expr signBit(Expr x) {
    if (!x.type().isFloat()) {
      return x.type() == Type.BOOL ? FALSE : lt(x, zero(x));
    }
    Format f = Format.of(x);
    return lt(bitcast(f.bits, x), f.integer(0));
  }

  /** The neighbour of a in the direction of b. */
  static Expr nextAfter(Expr a, Expr b) {
    Format f = Format.of(a);
    Expr away = eq(gt(a, zero(a)), gt(b, a));
    Expr bits = bitcast(f.bits, a);
    Expr next = f.real(add(bits, select(away, f.integer(1), f.integer(-1))));
    Expr smallest = copySign(f.real(f.integer(1)), b);
    Expr moved = select(eq(a, b), b, select(eq(a, zero(a)), smallest, next));
    return select(or(Exprs.isNan(a), Exprs.isNan(b)), add(a, b), moved);
  }

  /** The part of frexp on [1/2, 1). */
  static Expr mantissa(Expr x) {
    Format f = Format.of(x);
    Expr bits = bitcast(f.bits, normal(f, x));
    Expr kept =
        and(bits, f.integer(~(((1L << f.bits.bytes() * 8 - 1 - f.fraction) - 1) << f.fraction)));
    Expr value = f.real(or(kept, f.integer((f.bias - 1L) << f.fraction)));
    return select(split(x), value, x);
  }

  /** The power of two of frexp, int32. */
  static Expr exponent(Expr x) {
    Format f = Format.of(x);
    Expr up = select(subnormal(f, x), f.integer(f.fraction + 1L), f.integer(0));
    Expr biased = ushr(bitcast(f.bits, abs(normal(f, x))), f.integer(f.fraction));
    Expr exponent = sub(sub(biased, f.integer(f.bias - 1L)), up);
    return cast(Type.I32, select(split(x), exponent, f.integer(0)));
  }

  /** 2^-exponent, in two steps as it may be larger than the largest power; x itself drops out. */
  static Expr scale(Expr x) {
    Format f = Format.of(x);
    Expr down = sub(f.integer(2L * f.bias), cast(f.bits, exponent(x)));
    Expr first = shr(down, f.integer(1));
    return mul(
        f.real(shl(first, f.integer(f.fraction))),
        f.real(shl(sub(down, first), f.integer(f.fraction))));
  }

  /** Whether x is more than its mantissa: neither 0 nor infinite nor NaN. */
  private static Expr split(Expr x) {
    return and(ne(x, zero(x)), Formulas.isFinite(x));
  }

  private static Expr subnormal(Format f, Expr x) {
    double least = f.type == Type.F64 ? Double.MIN_NORMAL : Float.MIN_NORMAL;
    return lt(abs(x), constant(f.type, least));
  }

  private static Expr normal(Format f, Expr x) {
    Expr up = constant(f.type, 1L << (f.fraction + 1));
    return mul(x, select(subnormal(f, x), up, one(x)));
  }
}
