package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Arithmetic and rounding, elementwise. */
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

  default Tensor sub(Tensor other) {
    return Dispatch.binary(Pointwise.SUB, self(), other);
  }

  default Tensor sub(Number other) {
    return Tensor.apply(Pointwise.SUB.with(null, other), self());
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

  /** Division rounded towards minus infinity; an integer divisor of 0 is a DataException. */
  default Tensor floorDivide(Tensor other) {
    return Dispatch.binary(Pointwise.FLOOR_DIVIDE, self(), other);
  }

  /** Remainder with the divisor's sign; an integer divisor of 0 is a DataException. */
  default Tensor remainder(Tensor other) {
    return Dispatch.binary(Pointwise.REMAINDER, self(), other);
  }

  default Tensor remainder(Number other) {
    return Tensor.apply(Pointwise.REMAINDER.with(null, other), self());
  }

  default Tensor pow(Tensor exponent) {
    return Dispatch.binary(Pointwise.POW, self(), exponent);
  }

  default Tensor pow(Number exponent) {
    double e = exponent instanceof Complex ? Double.NaN : exponent.doubleValue();
    if (e == 2) {
      return square();
    }
    if (e == 0.5 && self().dtype().isDifferentiable()) {
      return sqrt();
    }
    return Tensor.apply(Pointwise.POW.with(null, exponent), self());
  }

  default Tensor maximum(Tensor other) {
    return Dispatch.binary(Pointwise.MAXIMUM, self(), other);
  }

  default Tensor minimum(Tensor other) {
    return Dispatch.binary(Pointwise.MINIMUM, self(), other);
  }

  default Tensor atan2(Tensor other) {
    return Dispatch.binary(Pointwise.ATAN2, self(), other);
  }

  /** {@code this + weight * (end - this)}. */
  default Tensor lerp(Tensor end, Tensor weight) {
    return Tensor.apply(Pointwise.LERP, self(), end, weight);
  }

  /** {@code this + value * a * b}. */
  default Tensor addcmul(Tensor a, Tensor b, Number value) {
    return Tensor.apply(Pointwise.ADDCMUL.with(null, null, null, value), self(), a, b);
  }

  /** {@code this + value * a / b}. */
  default Tensor addcdiv(Tensor a, Tensor b, Number value) {
    return Tensor.apply(Pointwise.ADDCDIV.with(null, null, null, value), self(), a, b);
  }

  default Tensor neg() {
    return Tensor.apply(Pointwise.NEG, self());
  }

  default Tensor abs() {
    return Tensor.apply(Pointwise.ABS, self());
  }

  default Tensor sign() {
    return Tensor.apply(Pointwise.SIGN, self());
  }

  default Tensor square() {
    return Tensor.apply(Pointwise.SQUARE, self());
  }

  default Tensor sqrt() {
    return Tensor.apply(Pointwise.SQRT, self());
  }

  default Tensor rsqrt() {
    return Tensor.apply(Pointwise.RSQRT, self());
  }

  default Tensor reciprocal() {
    return Tensor.apply(Pointwise.RECIPROCAL, self());
  }

  default Tensor floor() {
    return Tensor.apply(Pointwise.FLOOR, self());
  }

  default Tensor ceil() {
    return Tensor.apply(Pointwise.CEIL, self());
  }

  default Tensor trunc() {
    return Tensor.apply(Pointwise.TRUNC, self());
  }

  /** Rounds half to even. */
  default Tensor round() {
    return Tensor.apply(Pointwise.ROUND, self());
  }

  /** Limits to [min, max]; null leaves a side open. */
  default Tensor clamp(Number min, Number max) {
    if (min == null && max == null) {
      throw new TensorException("clamp: give at least one of min and max");
    }
    if (min == null) {
      return Tensor.apply(Pointwise.MINIMUM.with(null, max), self());
    }
    if (max == null) {
      return Tensor.apply(Pointwise.MAXIMUM.with(null, min), self());
    }
    return Tensor.apply(Pointwise.CLAMP.with(null, min, max), self());
  }
}
