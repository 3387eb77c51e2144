package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Activation functions, elementwise. */
interface ActivationMethods {
  private Tensor self() {
    return (Tensor) this;
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
