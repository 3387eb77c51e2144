package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Comparison; the results are bool. */
interface ComparisonMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor eq(Tensor other) {
    return Dispatch.binary(Pointwise.EQ, self(), other);
  }

  default Tensor eq(Number other) {
    return Tensor.apply(Pointwise.EQ.with(null, other), self());
  }

  default Tensor ne(Tensor other) {
    return Dispatch.binary(Pointwise.NE, self(), other);
  }

  default Tensor ne(Number other) {
    return Tensor.apply(Pointwise.NE.with(null, other), self());
  }

  default Tensor lt(Tensor other) {
    return Dispatch.binary(Pointwise.LT, self(), other);
  }

  default Tensor lt(Number other) {
    return Tensor.apply(Pointwise.LT.with(null, other), self());
  }

  default Tensor le(Tensor other) {
    return Dispatch.binary(Pointwise.LE, self(), other);
  }

  default Tensor le(Number other) {
    return Tensor.apply(Pointwise.LE.with(null, other), self());
  }

  default Tensor gt(Tensor other) {
    return Dispatch.binary(Pointwise.GT, self(), other);
  }

  default Tensor gt(Number other) {
    return Tensor.apply(Pointwise.GT.with(null, other), self());
  }

  default Tensor ge(Tensor other) {
    return Dispatch.binary(Pointwise.GE, self(), other);
  }

  default Tensor ge(Number other) {
    return Tensor.apply(Pointwise.GE.with(null, other), self());
  }

  default Tensor isnan() {
    return Tensor.apply(Pointwise.ISNAN, self());
  }

  default Tensor isinf() {
    return Tensor.apply(Pointwise.ISINF, self());
  }

  default Tensor isfinite() {
    return Tensor.apply(Pointwise.ISFINITE, self());
  }

  default Tensor isposinf() {
    return Tensor.apply(Pointwise.ISPOSINF, self());
  }

  default Tensor isneginf() {
    return Tensor.apply(Pointwise.ISNEGINF, self());
  }

  /** bool: whether there is no imaginary part but 0. */
  default Tensor isreal() {
    if (self().dtype().isComplex()) {
      return self().imag().eq(0);
    }
    return Tensor.ones(self().shape(), DType.BOOL, self().device());
  }

  /** {@link #isclose(Tensor, double, double, NanEquality)} as 1e-5, 1e-8, NaN unlike NaN. */
  default Tensor isclose(Tensor other) {
    return isclose(other, 1e-5, 1e-8, NanEquality.DIFFERENT);
  }

  /**
   * Where {@code |this - other| <= atol + rtol * |other|}.
   *
   * @throws DTypeException unless the dtypes agree
   */
  default Tensor isclose(Tensor other, double rtol, double atol, NanEquality nan) {
    if (self().dtype() != other.dtype()) {
      throw new DTypeException(
          "isclose: dtypes differ, "
              + self().dtype()
              + " and "
              + other.dtype()
              + ": convert one with to(dtype)");
    }
    if (rtol < 0 || atol < 0) {
      throw new TensorException(
          "isclose: tolerances must not be negative: rtol " + rtol + ", atol " + atol);
    }
    if (self().isComplex()) {
      Tensor distance = self().sub(other).abs();
      Tensor near = distance.le(other.abs().mul(rtol).add(atol)).logicalAnd(distance.isfinite());
      Tensor close = self().eq(other).logicalOr(near);
      return nan == NanEquality.EQUAL
          ? close.logicalOr(self().isnan().logicalAnd(other.isnan()))
          : close;
    }
    Pointwise op = nan == NanEquality.EQUAL ? Pointwise.ISCLOSE_OR_NAN : Pointwise.ISCLOSE;
    boolean real = self().dtype().isFloatingPoint();
    Tensor a = real ? self() : self().to(DType.FLOAT64);
    return Tensor.apply(op.with(null, null, rtol, atol), a, real ? other : other.to(DType.FLOAT64));
  }

  /** Whether all elements are {@link #isclose(Tensor)}. */
  default boolean allclose(Tensor other) {
    return isclose(other).all().item() != 0;
  }

  default boolean allclose(Tensor other, double rtol, double atol, NanEquality nan) {
    return isclose(other, rtol, atol, nan).all().item() != 0;
  }

  /** bool: whether the element is one of {@code values}, whatever their shape; NaN never is. */
  default Tensor isin(Tensor values) {
    return Membership.isin(self(), values);
  }

  default Tensor isin(Number value) {
    return eq(value);
  }

  /** Whether shapes and all elements are equal; NaN is not. */
  default boolean equal(Tensor other) {
    return self().shape().equals(other.shape()) && eq(other).all().item() != 0;
  }
}
