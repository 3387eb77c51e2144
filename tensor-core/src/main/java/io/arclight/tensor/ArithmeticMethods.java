package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;
import io.arclight.tensor.op.Scalars;

/** Arithmetic on two operands and more, elementwise. */
interface ArithmeticMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor add(Tensor other) {
    return Dispatch.binary(Pointwise.ADD, self(), other);
  }

  default Tensor add(Number other) {
    return Tensor.apply(Pointwise.ADD.with(null, other), self());
  }

  /** {@code this + alpha * other}; for integers alpha must be one too. */
  default Tensor add(Tensor other, Number alpha) {
    return scaled("add", other, alpha, alpha);
  }

  default Tensor sub(Tensor other) {
    return Dispatch.binary(Pointwise.SUB, self(), other);
  }

  default Tensor sub(Number other) {
    return Tensor.apply(Pointwise.SUB.with(null, other), self());
  }

  /** {@code this - alpha * other}; for integers alpha must be one too. */
  default Tensor sub(Tensor other, Number alpha) {
    Number minus =
        Scalars.integral(alpha) ? (Number) Long.valueOf(-alpha.longValue()) : -alpha.doubleValue();
    return scaled("sub", other, alpha, minus);
  }

  private Tensor scaled(String op, Tensor other, Number alpha, Number factor) {
    boolean real = self().dtype().isFloatingPoint() || other.dtype().isFloatingPoint();
    if (!real && !Scalars.integral(alpha)) {
      throw new DTypeException(
          op
              + ": alpha is "
              + alpha
              + " but the tensors are "
              + self().dtype()
              + " and "
              + other.dtype()
              + ": give a whole number or convert with to(dtype)");
    }
    return Tensor.apply(Pointwise.ADD_SCALED.with(null, null, factor), self(), other);
  }

  /** {@code other - this}. */
  default Tensor rsub(Number other) {
    return Tensor.apply(Pointwise.SUB.with(other, null), self());
  }

  default Tensor mul(Tensor other) {
    return Dispatch.binary(Pointwise.MUL, self(), other);
  }

  default Tensor mul(Number other) {
    return Tensor.apply(Pointwise.MUL.with(null, other), self());
  }

  /** True division: integers give float32. */
  default Tensor div(Tensor other) {
    return Dispatch.binary(Pointwise.DIV, self(), other);
  }

  default Tensor div(Number other) {
    return Tensor.apply(Pointwise.DIV.with(null, other), self());
  }

  /** Division rounded to whole numbers; an integer divisor of 0 is a DataException. */
  default Tensor div(Tensor other, Rounding rounding) {
    return Dispatch.binary(rounding.division(), self(), other);
  }

  default Tensor div(Number other, Rounding rounding) {
    return Tensor.apply(rounding.division().with(null, other), self());
  }

  default Tensor trueDivide(Tensor other) {
    return div(other);
  }

  default Tensor trueDivide(Number other) {
    return div(other);
  }

  /** Division rounded towards minus infinity; an integer divisor of 0 is a DataException. */
  default Tensor floorDivide(Tensor other) {
    return Dispatch.binary(Pointwise.FLOOR_DIVIDE, self(), other);
  }

  default Tensor floorDivide(Number other) {
    return Tensor.apply(Pointwise.FLOOR_DIVIDE.with(null, other), self());
  }

  /** Remainder with the divisor's sign; an integer divisor of 0 is a DataException. */
  default Tensor remainder(Tensor other) {
    return Dispatch.binary(Pointwise.REMAINDER, self(), other);
  }

  default Tensor remainder(Number other) {
    return Tensor.apply(Pointwise.REMAINDER.with(null, other), self());
  }

  /** Remainder with this one's sign; an integer divisor of 0 is a DataException. */
  default Tensor fmod(Tensor other) {
    return Dispatch.binary(Pointwise.FMOD, self(), other);
  }

  default Tensor fmod(Number other) {
    return Tensor.apply(Pointwise.FMOD.with(null, other), self());
  }

  /** Integers wrap; to a negative power only 1 and -1 are not 0. */
  default Tensor pow(Tensor other) {
    return Dispatch.binary(Pointwise.POW, self(), other);
  }

  /**
   * {@link #pow(Tensor)} to one power for all elements.
   *
   * @throws DTypeException for integers to a negative integer power
   */
  default Tensor pow(Number exponent) {
    double e = exponent instanceof Complex ? Double.NaN : exponent.doubleValue();
    if (e == 2 && self().dtype() != DType.BOOL) {
      return self().square();
    }
    if (e == 0.5 && self().dtype().isDifferentiable()) {
      return self().sqrt();
    }
    if (e < 0 && Scalars.integral(exponent) && self().dtype().isInteger()) {
      throw new DTypeException(
          "pow: "
              + self().dtype()
              + " to the power "
              + exponent
              + " would be fractions: convert with to(DType.FLOAT32) first");
    }
    return Tensor.apply(Pointwise.POW.with(null, exponent), self());
  }

  /** The power computed in float64, or in complex128 where either is complex, of any dtypes. */
  default Tensor floatPower(Tensor exponent) {
    DType wide = self().isComplex() || exponent.isComplex() ? DType.COMPLEX128 : DType.FLOAT64;
    return self().to(wide).pow(exponent.to(wide));
  }

  /** As {@link #floatPower(Tensor)}. */
  default Tensor floatPower(Number exponent) {
    boolean complex = self().isComplex() || exponent instanceof Complex;
    return self().to(complex ? DType.COMPLEX128 : DType.FLOAT64).pow(exponent);
  }

  /** The length of the hypotenuse, without overflow on the way; floats only. */
  default Tensor hypot(Tensor other) {
    return Dispatch.binary(Pointwise.HYPOT, self(), other);
  }

  default Tensor atan2(Tensor other) {
    return Dispatch.binary(Pointwise.ATAN2, self(), other);
  }

  /** The larger; NaN where either is. */
  default Tensor maximum(Tensor other) {
    return Dispatch.binary(Pointwise.MAXIMUM, self(), other);
  }

  /** The smaller; NaN where either is. */
  default Tensor minimum(Tensor other) {
    return Dispatch.binary(Pointwise.MINIMUM, self(), other);
  }

  /** The larger; the other one where one is NaN. */
  default Tensor fmax(Tensor other) {
    return Dispatch.binary(Pointwise.FMAX, self(), other);
  }

  /** The smaller; the other one where one is NaN. */
  default Tensor fmin(Tensor other) {
    return Dispatch.binary(Pointwise.FMIN, self(), other);
  }

  /** From this at weight 0 to {@code end} at weight 1, in a straight line; floats only. */
  default Tensor lerp(Tensor end, Tensor weight) {
    return Tensor.apply(Pointwise.LERP, self(), end, weight);
  }

  default Tensor lerp(Tensor end, Number weight) {
    return Tensor.apply(Pointwise.LERP.with(null, null, weight), self(), end);
  }

  default Tensor addcmul(Tensor a, Tensor b) {
    return addcmul(a, b, 1);
  }

  /** {@code this + value * a * b}. */
  default Tensor addcmul(Tensor a, Tensor b, Number value) {
    return Tensor.apply(Pointwise.ADDCMUL.with(null, null, null, value), self(), a, b);
  }

  default Tensor addcdiv(Tensor a, Tensor b) {
    return addcdiv(a, b, 1);
  }

  /** {@code this + value * a / b}; floats only. */
  default Tensor addcdiv(Tensor a, Tensor b, Number value) {
    return Tensor.apply(Pointwise.ADDCDIV.with(null, null, null, value), self(), a, b);
  }

  /** The magnitude of this with the sign of {@code other}. */
  default Tensor copysign(Tensor other) {
    return Dispatch.binary(Pointwise.COPYSIGN, self(), other);
  }

  default Tensor copysign(Number other) {
    return Tensor.apply(Pointwise.COPYSIGN.with(null, other), self());
  }

  /** The neighbouring number in the direction of {@code other}; float32 and float64. */
  default Tensor nextafter(Tensor other) {
    return Dispatch.binary(Pointwise.NEXTAFTER, self(), other);
  }

  /** {@code this * 2^exponent}. */
  default Tensor ldexp(Tensor exponent) {
    boolean real = self().dtype().isFloatingPoint() && !exponent.dtype().isFloatingPoint();
    return self().mul(Tensor.pow(2.0, real ? exponent.to(self().dtype()) : exponent));
  }

  /** 0 below 0, 1 above, and {@code values} at 0. */
  default Tensor heaviside(Tensor values) {
    return Dispatch.binary(Pointwise.HEAVISIDE, self(), values);
  }

  /** The greatest common divisor, never negative; integers only. */
  default Tensor gcd(Tensor other) {
    return Dispatch.binary(Pointwise.GCD, self(), other);
  }

  /** The least common multiple, never negative; integers only. */
  default Tensor lcm(Tensor other) {
    return Dispatch.binary(Pointwise.LCM, self(), other);
  }

  /** {@code log(exp(this) + exp(other))}; floats only. */
  default Tensor logaddexp(Tensor other) {
    return Dispatch.binary(Pointwise.LOGADDEXP, self(), other);
  }

  /** {@code log2(2^this + 2^other)}; floats only. */
  default Tensor logaddexp2(Tensor other) {
    return Dispatch.binary(Pointwise.LOGADDEXP2, self(), other);
  }

  /** {@code this * log(other)}, 0 where this is 0, unless other is NaN. */
  default Tensor xlogy(Tensor other) {
    return Dispatch.binary(Pointwise.XLOGY, self(), other);
  }

  default Tensor xlogy(Number other) {
    return Tensor.apply(Pointwise.XLOGY.with(null, other), self());
  }
}
