package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Comparison and logic, elementwise; the results are bool. */
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

  default Tensor logicalAnd(Tensor other) {
    return Dispatch.binary(Pointwise.LOGICAL_AND, self(), other);
  }

  default Tensor logicalOr(Tensor other) {
    return Dispatch.binary(Pointwise.LOGICAL_OR, self(), other);
  }

  default Tensor logicalXor(Tensor other) {
    return Dispatch.binary(Pointwise.LOGICAL_XOR, self(), other);
  }

  default Tensor logicalNot() {
    return Tensor.apply(Pointwise.LOGICAL_NOT, self());
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

  /** Elements of this where {@code condition} (bool), else of {@code other}. */
  default Tensor where(Tensor condition, Tensor other) {
    return Tensor.apply(Pointwise.WHERE, condition, self(), other);
  }

  /** {@code value} where {@code mask} (bool), else this. */
  default Tensor maskedFill(Tensor mask, Number value) {
    return Tensor.apply(Pointwise.MASKED_FILL.with(null, null, value), self(), mask);
  }
}
