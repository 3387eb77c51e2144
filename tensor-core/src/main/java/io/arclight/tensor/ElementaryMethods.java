package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Exponentials, trigonometry and activations, elementwise. */
interface ElementaryMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor exp() {
    return Tensor.apply(Pointwise.EXP, self());
  }

  default Tensor expm1() {
    return Tensor.apply(Pointwise.EXPM1, self());
  }

  default Tensor log() {
    return Tensor.apply(Pointwise.LOG, self());
  }

  default Tensor log1p() {
    return Tensor.apply(Pointwise.LOG1P, self());
  }

  default Tensor sin() {
    return Tensor.apply(Pointwise.SIN, self());
  }

  default Tensor cos() {
    return Tensor.apply(Pointwise.COS, self());
  }

  default Tensor tan() {
    return Tensor.apply(Pointwise.TAN, self());
  }

  default Tensor tanh() {
    return Tensor.apply(Pointwise.TANH, self());
  }

  default Tensor erf() {
    return Tensor.apply(Pointwise.ERF, self());
  }

  default Tensor sigmoid() {
    return Tensor.apply(Pointwise.SIGMOID, self());
  }

  default Tensor logSigmoid() {
    return Tensor.apply(Pointwise.LOG_SIGMOID, self());
  }

  default Tensor relu() {
    return Tensor.apply(Pointwise.RELU, self());
  }

  default Tensor leakyRelu(Number negativeSlope) {
    return Tensor.apply(Pointwise.LEAKY_RELU.with(null, negativeSlope), self());
  }

  default Tensor elu(Number alpha) {
    return Tensor.apply(Pointwise.ELU.with(null, alpha), self());
  }

  /** The exact, erf form. */
  default Tensor gelu() {
    return Tensor.apply(Pointwise.GELU, self());
  }

  default Tensor silu() {
    return Tensor.apply(Pointwise.SILU, self());
  }

  default Tensor softplus() {
    return Tensor.apply(Pointwise.SOFTPLUS, self());
  }
}
