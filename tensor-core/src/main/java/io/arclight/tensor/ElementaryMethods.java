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

  /** {@code 1 - erf(x)}, exact where that is small. */
  default Tensor erfc() {
    return Tensor.apply(Pointwise.ERFC, self());
  }

  /** The inverse of {@link #erf()} on [-1, 1]. */
  default Tensor erfinv() {
    return Tensor.apply(Pointwise.ERFINV, self());
  }

  /** The logarithm of the magnitude of the gamma function. */
  default Tensor lgamma() {
    return Tensor.apply(Pointwise.LGAMMA, self());
  }

  /** The derivative of {@link #lgamma()}. */
  default Tensor digamma() {
    return Tensor.apply(Pointwise.DIGAMMA, self());
  }

  /**
   * The {@code n}-th derivative of {@link #digamma()}.
   *
   * @throws TensorException for a negative n
   */
  default Tensor polygamma(int n) {
    if (n < 0) {
      throw new TensorException("polygamma: n must not be negative, but is " + n);
    }
    if (n == 0) {
      return digamma();
    }
    double factor = n % 2 == 0 ? -1 : 1;
    for (int i = 2; i <= n; i++) {
      factor *= i;
    }
    return Tensor.apply(Pointwise.ZETA.with(n + 1.0, null), self()).mul(factor);
  }

  /**
   * The logarithm of the multivariate gamma function of dimension {@code p}.
   *
   * @throws TensorException unless p is positive
   */
  default Tensor mvlgamma(int p) {
    if (p < 1) {
      throw new TensorException("mvlgamma: p must be at least 1, but is " + p);
    }
    Tensor sum = lgamma();
    for (int j = 1; j < p; j++) {
      sum = sum.add(self().sub(0.5 * j).lgamma());
    }
    return sum.add(0.25 * p * (p - 1) * Math.log(Math.PI));
  }

  /** The modified Bessel function of the first kind, of order 0. */
  default Tensor i0() {
    return Tensor.apply(Pointwise.I0, self());
  }

  /** The regularised lower incomplete gamma function, this being a; no gradient by a. */
  default Tensor igamma(Tensor x) {
    return Dispatch.binary(Pointwise.IGAMMA, self(), x);
  }

  /** The regularised upper incomplete gamma function, this being a; no gradient by a. */
  default Tensor igammac(Tensor x) {
    return Dispatch.binary(Pointwise.IGAMMAC, self(), x);
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
