package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** Exponentials, trigonometry, error and gamma functions, elementwise. */
interface ElementaryMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor exp() {
    return Tensor.apply(Pointwise.EXP, self());
  }

  default Tensor exp2() {
    return Tensor.apply(Pointwise.EXP2, self());
  }

  default Tensor expm1() {
    return Tensor.apply(Pointwise.EXPM1, self());
  }

  default Tensor log() {
    return Tensor.apply(Pointwise.LOG, self());
  }

  default Tensor log2() {
    return Tensor.apply(Pointwise.LOG2, self());
  }

  default Tensor log10() {
    return Tensor.apply(Pointwise.LOG10, self());
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

  default Tensor asin() {
    return Tensor.apply(Pointwise.ASIN, self());
  }

  default Tensor acos() {
    return Tensor.apply(Pointwise.ACOS, self());
  }

  default Tensor atan() {
    return Tensor.apply(Pointwise.ATAN, self());
  }

  default Tensor sinh() {
    return Tensor.apply(Pointwise.SINH, self());
  }

  default Tensor cosh() {
    return Tensor.apply(Pointwise.COSH, self());
  }

  default Tensor tanh() {
    return Tensor.apply(Pointwise.TANH, self());
  }

  default Tensor asinh() {
    return Tensor.apply(Pointwise.ASINH, self());
  }

  default Tensor acosh() {
    return Tensor.apply(Pointwise.ACOSH, self());
  }

  default Tensor atanh() {
    return Tensor.apply(Pointwise.ATANH, self());
  }

  /** {@code sin(pi x) / (pi x)}, 1 at 0. */
  default Tensor sinc() {
    return Tensor.apply(Pointwise.SINC, self());
  }

  default Tensor erf() {
    return Tensor.apply(Pointwise.ERF, self());
  }

  /** {@code log(x / (1 - x))}. */
  default Tensor logit() {
    return Tensor.apply(Pointwise.LOGIT, self());
  }

  /** As {@link #logit()} of this limited to [eps, 1 - eps]. */
  default Tensor logit(double eps) {
    return self().clamp(eps, 1 - eps).logit();
  }
}
