package io.arclight.tensor;

import io.arclight.tensor.op.ComplexViewOp;
import io.arclight.tensor.op.Pointwise;

/** What complex tensors have beside what all have. */
interface ComplexMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** The real parts, a view; a real tensor itself. */
  default Tensor real() {
    return self().dtype().isComplex() ? viewAsReal().select(-1, 0) : self();
  }

  /**
   * The imaginary parts, a view.
   *
   * @throws DTypeException for real tensors
   */
  default Tensor imag() {
    return viewAsReal().select(-1, 1);
  }

  /** The same memory as real numbers, [..., 2] with real and imaginary parts. */
  default Tensor viewAsReal() {
    return Tensor.apply(new ComplexViewOp(ComplexViewOp.As.REAL), self());
  }

  /** A float32 or float64 tensor [..., 2], seen as complex numbers [...]. */
  default Tensor viewAsComplex() {
    return Tensor.apply(new ComplexViewOp(ComplexViewOp.As.COMPLEX), self());
  }

  /** The complex conjugates, a copy; a real tensor itself. */
  default Tensor conj() {
    return self().dtype().isComplex() ? Tensor.apply(Pointwise.CONJ, self()) : self();
  }

  default boolean isComplex() {
    return self().dtype().isComplex();
  }

  /** The value of a one-element tensor. */
  default Complex itemComplex() {
    HostArrays.requireOne(self());
    return toComplex()[0];
  }

  /** Elements in row-major order; real ones have an imaginary part of 0. */
  default Complex[] toComplex() {
    double[] values = Tensors.toDoubles(self());
    int width = self().dtype().isComplex() ? 2 : 1;
    Complex[] out = new Complex[values.length / width];
    for (int i = 0; i < out.length; i++) {
      out[i] = Complex.of(values[width * i], width == 2 ? values[2 * i + 1] : 0);
    }
    return out;
  }
}
