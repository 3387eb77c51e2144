package io.arclight.tensor.ir;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.bitcast;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.gt;
import static io.arclight.tensor.ir.Exprs.lt;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.shl;
import static io.arclight.tensor.ir.Exprs.sub;
import static io.arclight.tensor.ir.Exprs.ushr;

import java.util.Arrays;

/** What the function expansions share: a floating-point format, and pieces built on its bits. */
enum Floats {
  SINGLE(Type.F32, Type.I32, 23, 127),
  DOUBLE(Type.F64, Type.I64, 52, 1023);

  final Type type;
  final Type bits;

  /** Bits of the fraction. */
  final int fraction;

  /** Bias of the exponent. */
  final int bias;

  Floats(Type type, Type bits, int fraction, int bias) {
    this.type = type;
    this.bits = bits;
    this.fraction = fraction;
    this.bias = bias;
  }

  static Floats of(Type type) {
    return switch (type) {
      case F32 -> SINGLE;
      case F64 -> DOUBLE;
      default ->
          throw new IllegalArgumentException("no such function on " + type + ": cast to F32 first");
    };
  }

  Expr real(double value) {
    return Exprs.constant(type, value);
  }

  Expr integer(long value) {
    return new Expr.Int(bits, value);
  }

  /** {@code c[0] + x * (c[1] + x * (...))}. */
  Expr polynomial(Expr x, double... coefficients) {
    Expr sum = real(coefficients[coefficients.length - 1]);
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = fma(sum, x, real(coefficients[i]));
    }
    return sum;
  }

  /**
   * As {@link #polynomial}, but below the first coefficient even and odd powers are two chains of
   * half the length, for functions that wait for their own steps.
   */
  Expr paired(Expr x, double... coefficients) {
    Expr square = mul(x, x);
    Expr odd = polynomial(square, everySecond(coefficients, 1));
    Expr even = polynomial(square, everySecond(coefficients, 2));
    return fma(fma(even, x, odd), x, real(coefficients[0]));
  }

  /** As {@link #polynomial} by pairs, pairs of pairs, and so on: the shortest chain. */
  Expr tree(Expr x, double... coefficients) {
    Expr[] sums = new Expr[coefficients.length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = real(coefficients[i]);
    }
    Expr power = x;
    while (sums.length > 1) {
      Expr[] next = new Expr[(sums.length + 1) / 2];
      for (int i = 0; i < next.length; i++) {
        next[i] = 2 * i + 1 < sums.length ? fma(sums[2 * i + 1], power, sums[2 * i]) : sums[2 * i];
      }
      sums = next;
      power = mul(power, power);
    }
    return sums[0];
  }

  /** As {@link #tree}, but for the first coefficient, which is added last for its precision. */
  Expr treeAbove(Expr x, double... coefficients) {
    Expr above = tree(x, Arrays.copyOfRange(coefficients, 1, coefficients.length));
    return fma(above, x, real(coefficients[0]));
  }

  private static double[] everySecond(double[] all, int from) {
    double[] out = new double[(all.length - from + 1) / 2];
    for (int i = 0; i < out.length; i++) {
      out[i] = all[from + 2 * i];
    }
    return out;
  }

  /** Limits x to [low, high]; NaN stays. In this order each side is one x86 instruction. */
  Expr clamp(Expr x, double low, double high) {
    Expr below = select(lt(real(high), x), real(high), x);
    return select(gt(real(low), below), real(low), below);
  }

  /**
   * The integer nearest to {@code x * factor}, in a form that gives it both as a number and as
   * bits: added to 1.5 * 2^fraction, whose last bit has the weight 1. For |x * factor| <
   * 2^(fraction - 1).
   */
  Rounded round(Expr x, double factor) {
    double magic = 1.5 * (1L << fraction);
    Expr shifted = fma(x, real(factor), real(magic));
    Expr integer = sub(bitcast(bits, shifted), bitcast(bits, real(magic)));
    return new Rounded(sub(shifted, real(magic)), integer);
  }

  record Rounded(Expr value, Expr integer) {}

  /** 2^k, where k + bias is in the range of the exponent of normal numbers. */
  Expr powerOfTwo(Expr k) {
    return bitcast(type, shl(add(k, integer(bias)), integer(fraction)));
  }

  /** x * 2^k with one rounding, also where 2^k overflows or the result is subnormal. */
  Expr scale(Expr x, Expr k) {
    Expr biased = add(k, integer(2L * bias));
    Expr half = ushr(biased, integer(1));
    Expr first = bitcast(type, shl(half, integer(fraction)));
    Expr second = bitcast(type, shl(sub(biased, half), integer(fraction)));
    return mul(mul(x, first), second);
  }
}
