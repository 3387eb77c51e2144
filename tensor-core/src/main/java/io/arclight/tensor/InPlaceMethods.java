package io.arclight.tensor;

import io.arclight.tensor.op.Op;
import io.arclight.tensor.op.Pointwise;

/**
 * Changes of the memory itself, PyTorch's names that end with an underscore. Any other operation of
 * one output has its in-place form in {@link Tensor#inPlace}.
 */
interface InPlaceMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  private Tensor change(Op op, Tensor... others) {
    return self().inPlace(op, others);
  }

  /** Overwrites with {@code source}, broadcast, converted and moved to this device. */
  default Tensor copyInPlace(Tensor source) {
    return InPlace.apply("copy_", Pointwise.SECOND, self(), source.to(self().device()));
  }

  default Tensor fillInPlace(Number value) {
    return InPlace.apply("fill_", Pointwise.SECOND.with(null, value), self());
  }

  default Tensor zeroInPlace() {
    return InPlace.apply("zero_", Pointwise.SECOND.with(null, 0), self());
  }

  default Tensor addInPlace(Tensor other) {
    return change(Pointwise.ADD, other);
  }

  default Tensor addInPlace(Number other) {
    return change(Pointwise.ADD.with(null, other));
  }

  default Tensor subInPlace(Tensor other) {
    return change(Pointwise.SUB, other);
  }

  default Tensor subInPlace(Number other) {
    return change(Pointwise.SUB.with(null, other));
  }

  default Tensor mulInPlace(Tensor other) {
    return change(Pointwise.MUL, other);
  }

  default Tensor mulInPlace(Number other) {
    return change(Pointwise.MUL.with(null, other));
  }

  default Tensor divInPlace(Tensor other) {
    return change(Pointwise.DIV, other);
  }

  default Tensor divInPlace(Number other) {
    return change(Pointwise.DIV.with(null, other));
  }

  default Tensor remainderInPlace(Tensor other) {
    return change(Pointwise.REMAINDER, other);
  }

  default Tensor powInPlace(Tensor exponent) {
    return change(Pointwise.POW, exponent);
  }

  default Tensor powInPlace(Number exponent) {
    return change(Pointwise.POW.with(null, exponent));
  }

  /** Moves towards {@code end} by the share {@code weight}. */
  default Tensor lerpInPlace(Tensor end, Tensor weight) {
    return change(Pointwise.LERP, end, weight);
  }

  /** Adds {@code value * a * b}. */
  default Tensor addcmulInPlace(Tensor a, Tensor b, Number value) {
    return change(Pointwise.ADDCMUL.with(null, null, null, value), a, b);
  }

  /** Adds {@code value * a / b}. */
  default Tensor addcdivInPlace(Tensor a, Tensor b, Number value) {
    return change(Pointwise.ADDCDIV.with(null, null, null, value), a, b);
  }

  /** Limits to [min, max]; null leaves a side open. */
  default Tensor clampInPlace(Number min, Number max) {
    return InPlace.apply("clamp_", RoundingMethods.clampOp(min, max), self());
  }

  default Tensor negInPlace() {
    return change(Pointwise.NEG);
  }

  default Tensor absInPlace() {
    return change(Pointwise.ABS);
  }

  default Tensor squareInPlace() {
    return change(Pointwise.SQUARE);
  }

  default Tensor sqrtInPlace() {
    return change(Pointwise.SQRT);
  }

  default Tensor rsqrtInPlace() {
    return change(Pointwise.RSQRT);
  }

  default Tensor reciprocalInPlace() {
    return change(Pointwise.RECIPROCAL);
  }

  default Tensor expInPlace() {
    return change(Pointwise.EXP);
  }

  default Tensor logInPlace() {
    return change(Pointwise.LOG);
  }

  default Tensor sinInPlace() {
    return change(Pointwise.SIN);
  }

  default Tensor cosInPlace() {
    return change(Pointwise.COS);
  }

  default Tensor tanhInPlace() {
    return change(Pointwise.TANH);
  }

  default Tensor sigmoidInPlace() {
    return change(Pointwise.SIGMOID);
  }

  default Tensor reluInPlace() {
    return change(Pointwise.RELU);
  }

  default Tensor floorInPlace() {
    return change(Pointwise.FLOOR);
  }

  default Tensor roundInPlace() {
    return change(Pointwise.ROUND);
  }

  /** Writes {@code value} where {@code mask} (bool) holds. */
  default Tensor maskedFillInPlace(Tensor mask, Number value) {
    return change(Pointwise.MASKED_FILL.with(null, null, value), mask);
  }

  /** Writes the elements of {@code source}, in order, where {@code mask} (bool) holds. */
  default Tensor maskedScatterInPlace(Tensor mask, Tensor source) {
    return InPlace.apply(
        "masked_scatter_", Pointwise.SECOND, self(), self().maskedScatter(mask, source));
  }
}
