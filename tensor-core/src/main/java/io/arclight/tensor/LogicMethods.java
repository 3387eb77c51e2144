package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Logic on truth values and on bits, elementwise. */
interface LogicMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** bool; numbers other than 0 are true. */
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

  /** Integers and bool. */
  default Tensor bitwiseAnd(Tensor other) {
    return Dispatch.binary(Pointwise.BITWISE_AND, self(), other);
  }

  default Tensor bitwiseAnd(Number other) {
    return Tensor.apply(Pointwise.BITWISE_AND.with(null, other), self());
  }

  /** Integers and bool. */
  default Tensor bitwiseOr(Tensor other) {
    return Dispatch.binary(Pointwise.BITWISE_OR, self(), other);
  }

  default Tensor bitwiseOr(Number other) {
    return Tensor.apply(Pointwise.BITWISE_OR.with(null, other), self());
  }

  /** Integers and bool. */
  default Tensor bitwiseXor(Tensor other) {
    return Dispatch.binary(Pointwise.BITWISE_XOR, self(), other);
  }

  default Tensor bitwiseXor(Number other) {
    return Tensor.apply(Pointwise.BITWISE_XOR.with(null, other), self());
  }

  /** Integers and bool. */
  default Tensor bitwiseNot() {
    return Tensor.apply(Pointwise.BITWISE_NOT, self());
  }

  /** Integers; 0 for amounts that are negative or not less than the width. */
  default Tensor bitwiseLeftShift(Tensor other) {
    return Dispatch.binary(Pointwise.BITWISE_LEFT_SHIFT, self(), other);
  }

  default Tensor bitwiseLeftShift(Number other) {
    return Tensor.apply(Pointwise.BITWISE_LEFT_SHIFT.with(null, other), self());
  }

  /** Integers; only the sign is left for amounts that are negative or not less than the width. */
  default Tensor bitwiseRightShift(Tensor other) {
    return Dispatch.binary(Pointwise.BITWISE_RIGHT_SHIFT, self(), other);
  }

  default Tensor bitwiseRightShift(Number other) {
    return Tensor.apply(Pointwise.BITWISE_RIGHT_SHIFT.with(null, other), self());
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
