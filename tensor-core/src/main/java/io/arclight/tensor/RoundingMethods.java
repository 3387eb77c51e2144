package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;

/** Signs, limits, roundings and the parts of numbers, elementwise. */
interface RoundingMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor neg() {
    return Tensor.apply(Pointwise.NEG, self());
  }

  /** This tensor itself. */
  default Tensor positive() {
    if (self().dtype() == DType.BOOL) {
      throw new DTypeException("positive: not defined on bool: convert with to(dtype)");
    }
    return self();
  }

  default Tensor abs() {
    return Tensor.apply(Pointwise.ABS, self());
  }

  /** 1, 0 or -1; 0 for NaN. */
  default Tensor sign() {
    return Tensor.apply(Pointwise.SIGN, self());
  }

  /** As {@link #sign()}; complex numbers of magnitude 1 in the same direction, or 0. */
  default Tensor sgn() {
    return Tensor.apply(Pointwise.SGN, self());
  }

  /** bool: whether the sign is minus, also of -0.0. */
  default Tensor signbit() {
    return Tensor.apply(Pointwise.SIGNBIT, self());
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

  /** What {@link #trunc()} takes off; floats only. */
  default Tensor frac() {
    return Tensor.apply(Pointwise.FRAC, self());
  }

  /** Rounds half to even. */
  default Tensor round() {
    return Tensor.apply(Pointwise.ROUND, self());
  }

  /** Rounds half to even at the {@code decimals}-th digit after the point; floats only. */
  default Tensor round(int decimals) {
    if (decimals == 0) {
      return round();
    }
    Pointwise op = decimals > 0 ? Pointwise.ROUND_DECIMALS : Pointwise.ROUND_TENS;
    return Tensor.apply(op.with(null, Math.pow(10, Math.abs(decimals))), self());
  }

  /** Limits to [min, max]; null leaves a side open, and max wins where it is below min. */
  default Tensor clamp(Number min, Number max) {
    return Tensor.apply(clampOp(min, max), self());
  }

  static Op clampOp(Number min, Number max) {
    if (min == null && max == null) {
      throw new TensorException("clamp: give at least one of min and max");
    }
    if (min == null) {
      return Pointwise.CLAMP_MAX.with(null, max);
    }
    return max == null ? Pointwise.CLAMP_MIN.with(null, min) : Pointwise.CLAMP.with(null, min, max);
  }

  /** As {@link #clamp(Number, Number)} with limits that broadcast and have gradients. */
  default Tensor clamp(Tensor min, Tensor max) {
    if (min == null && max == null) {
      throw new TensorException("clamp: give at least one of min and max");
    }
    if (min == null) {
      return Tensor.apply(Pointwise.CLAMP_MAX, self(), max);
    }
    if (max == null) {
      return Tensor.apply(Pointwise.CLAMP_MIN, self(), min);
    }
    return Tensor.apply(Pointwise.CLAMP, self(), min, max);
  }

  /** As {@link #clamp(Number, Number)}. */
  default Tensor clip(Number min, Number max) {
    return clamp(min, max);
  }

  /** As {@link #clamp(Tensor, Tensor)}. */
  default Tensor clip(Tensor min, Tensor max) {
    return clamp(min, max);
  }

  /** NaN becomes 0, infinities the largest and smallest number of the dtype. */
  default Tensor nanToNum() {
    return nanToNum(0, null, null);
  }

  /**
   * NaN, infinity and minus infinity become these, in both parts of complex numbers; null for the
   * largest, the smallest number.
   */
  default Tensor nanToNum(Number nan, Number posinf, Number neginf) {
    DType dtype = self().dtype();
    if (dtype.isComplex()) {
      return self().viewAsReal().nanToNum(nan, posinf, neginf).viewAsComplex();
    }
    if (!dtype.isFloatingPoint()) {
      return self();
    }
    double largest = dtype.finfo().max();
    Number high = posinf == null ? (Number) largest : posinf;
    Number low = neginf == null ? (Number) Double.valueOf(-largest) : neginf;
    return Tensor.apply(Pointwise.NAN_TO_NUM.with(null, nan, high, low), self());
  }

  /** Mantissa in [1/2, 1) with the sign, and int32 exponent of 2; floats only. */
  default Frexp frexp() {
    return new Frexp(
        Tensor.apply(Pointwise.FREXP_MANTISSA, self()),
        Tensor.apply(Pointwise.FREXP_EXPONENT, self()));
  }

  default Tensor deg2rad() {
    return Tensor.apply(Pointwise.DEG2RAD, self());
  }

  default Tensor rad2deg() {
    return Tensor.apply(Pointwise.RAD2DEG, self());
  }

  /** The angles of complex numbers in (-pi, pi]; of real ones pi where negative, else 0. */
  default Tensor angle() {
    return Tensor.apply(Pointwise.ANGLE, self());
  }
}
