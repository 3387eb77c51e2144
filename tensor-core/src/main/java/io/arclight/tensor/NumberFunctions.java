package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Functions whose first operand is a number, called as {@code Tensor.pow(2, x)}. */
abstract class NumberFunctions {
  private static Tensor apply(Pointwise op, Number a, Tensor b) {
    return Tensor.apply(op.with(a, null), b);
  }

  public static Tensor div(Number a, Tensor b) {
    return apply(Pointwise.DIV, a, b);
  }

  public static Tensor remainder(Number a, Tensor b) {
    return apply(Pointwise.REMAINDER, a, b);
  }

  public static Tensor pow(Number base, Tensor exponent) {
    return apply(Pointwise.POW, base, exponent);
  }

  /** The power computed in float64, or in complex128 where either is complex. */
  public static Tensor floatPower(Number base, Tensor exponent) {
    boolean complex = base instanceof Complex || exponent.isComplex();
    return pow(base, exponent.to(complex ? DType.COMPLEX128 : DType.FLOAT64));
  }

  public static Tensor xlogy(Number a, Tensor b) {
    return apply(Pointwise.XLOGY, a, b);
  }

  public static Tensor bitwiseAnd(Number a, Tensor b) {
    return apply(Pointwise.BITWISE_AND, a, b);
  }

  public static Tensor bitwiseOr(Number a, Tensor b) {
    return apply(Pointwise.BITWISE_OR, a, b);
  }

  public static Tensor bitwiseXor(Number a, Tensor b) {
    return apply(Pointwise.BITWISE_XOR, a, b);
  }

  public static Tensor bitwiseLeftShift(Number a, Tensor amount) {
    return apply(Pointwise.BITWISE_LEFT_SHIFT, a, amount);
  }

  public static Tensor bitwiseRightShift(Number a, Tensor amount) {
    return apply(Pointwise.BITWISE_RIGHT_SHIFT, a, amount);
  }
}
