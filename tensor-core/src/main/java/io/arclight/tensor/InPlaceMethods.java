package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Changes of the memory itself, PyTorch's names that end with an underscore. */
interface InPlaceMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** Overwrites with {@code source}, broadcast and converted. */
  default Tensor copyInPlace(Tensor source) {
    return Dispatch.inPlace("copy_", Pointwise.SECOND, self(), source);
  }

  default Tensor addInPlace(Tensor other) {
    return Dispatch.inPlace("add_", Pointwise.ADD, self(), other);
  }

  default Tensor mulInPlace(Tensor other) {
    return Dispatch.inPlace("mul_", Pointwise.MUL, self(), other);
  }

  default Tensor mulInPlace(Number other) {
    return Dispatch.inPlace("mul_", Pointwise.MUL.with(null, other), self());
  }

  default Tensor fillInPlace(Number value) {
    return Dispatch.inPlace("fill_", Pointwise.SECOND.with(null, value), self());
  }

  default Tensor zeroInPlace() {
    return fillInPlace(0);
  }
}
