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

  /** {@code log(1 + exp(x))}; {@code x} above 20. */
  default Tensor softplus() {
    return softplus(1, 20);
  }

  /** {@code log(1 + exp(beta x)) / beta}; {@code x} where {@code beta x} is above the threshold. */
  default Tensor softplus(Number beta, Number threshold) {
    return Tensor.apply(Pointwise.SOFTPLUS.with(null, beta, threshold), self());
  }

  /** 0 where the magnitude is at most {@code lambda}. */
  default Tensor hardshrink(Number lambda) {
    return Tensor.apply(Pointwise.HARDSHRINK.with(null, lambda), self());
  }

  /** {@code x} where positive, else {@code weight x}. */
  default Tensor prelu(Tensor weight) {
    return Tensor.apply(Pointwise.PRELU, self(), weight);
  }
}
