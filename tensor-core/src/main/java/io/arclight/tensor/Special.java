package io.arclight.tensor;

import io.arclight.tensor.op.Pointwise;

/** {@code torch.special}: what has no method of {@link Tensor}, and its names for what has. */
public final class Special {
  private Special() {}

  private static Tensor apply(Pointwise op, Tensor x) {
    return Tensor.apply(op, x);
  }

  /** {@code -x log x}, 0 at 0. */
  public static Tensor entr(Tensor x) {
    return apply(Pointwise.ENTR, x);
  }

  /** {@link Tensor#erf()}. */
  public static Tensor erf(Tensor x) {
    return x.erf();
  }

  /** {@link Tensor#erfc()}. */
  public static Tensor erfc(Tensor x) {
    return x.erfc();
  }

  /** {@code exp(x^2) erfc(x)}. */
  public static Tensor erfcx(Tensor x) {
    return apply(Pointwise.ERFCX, x);
  }

  /** {@link Tensor#erfinv()}. */
  public static Tensor erfinv(Tensor x) {
    return x.erfinv();
  }

  /** {@link Tensor#exp2()}. */
  public static Tensor exp2(Tensor x) {
    return x.exp2();
  }

  /** The sigmoid. */
  public static Tensor expit(Tensor x) {
    return x.sigmoid();
  }

  /** {@link Tensor#expm1()}. */
  public static Tensor expm1(Tensor x) {
    return x.expm1();
  }

  /** {@link Tensor#lgamma()}. */
  public static Tensor gammaln(Tensor x) {
    return x.lgamma();
  }

  /** The regularised lower incomplete gamma function; no gradient by a. */
  public static Tensor gammainc(Tensor a, Tensor x) {
    return a.igamma(x);
  }

  /** The regularised upper incomplete gamma function; no gradient by a. */
  public static Tensor gammaincc(Tensor a, Tensor x) {
    return a.igammac(x);
  }

  /** {@link Tensor#i0()}. */
  public static Tensor i0(Tensor x) {
    return x.i0();
  }

  /** {@code exp(-|x|) i0(x)}. */
  public static Tensor i0e(Tensor x) {
    return apply(Pointwise.I0E, x);
  }

  /** The modified Bessel function of the first kind, of order 1. */
  public static Tensor i1(Tensor x) {
    return apply(Pointwise.I1, x);
  }

  /** {@code exp(-|x|) i1(x)}. */
  public static Tensor i1e(Tensor x) {
    return apply(Pointwise.I1E, x);
  }

  /** {@link Tensor#log1p()}. */
  public static Tensor log1p(Tensor x) {
    return x.log1p();
  }

  /** The logarithm of {@link #ndtr}. */
  public static Tensor logNdtr(Tensor x) {
    return apply(Pointwise.LOG_NDTR, x);
  }

  /** The standard normal distribution's cumulative function. */
  public static Tensor ndtr(Tensor x) {
    return apply(Pointwise.NDTR, x);
  }

  /** The inverse of {@link #ndtr} on [0, 1]. */
  public static Tensor ndtri(Tensor p) {
    return apply(Pointwise.NDTRI, p);
  }

  /** {@link Tensor#logit()}. */
  public static Tensor logit(Tensor x) {
    return x.logit();
  }

  /** {@link Tensor#logit(double)}. */
  public static Tensor logit(Tensor x, double eps) {
    return x.logit(eps);
  }

  /** {@link Tensor#logsumexp(Dim, Dim.Keep)}. */
  public static Tensor logsumexp(Tensor x, Dim dims, Dim.Keep keep) {
    return x.logsumexp(dims, keep);
  }

  /** {@link Tensor#logSoftmax(int)}. */
  public static Tensor logSoftmax(Tensor x, int dim) {
    return x.logSoftmax(dim);
  }

  /** {@link Tensor#softmax(int)}. */
  public static Tensor softmax(Tensor x, int dim) {
    return x.softmax(dim);
  }

  /** {@link Tensor#polygamma}. */
  public static Tensor polygamma(int n, Tensor x) {
    return x.polygamma(n);
  }

  /** {@link Tensor#digamma()}. */
  public static Tensor psi(Tensor x) {
    return x.digamma();
  }

  /** {@link Tensor#mvlgamma}. */
  public static Tensor multigammaln(Tensor x, int p) {
    return x.mvlgamma(p);
  }

  /** {@link Tensor#sinc()}. */
  public static Tensor sinc(Tensor x) {
    return x.sinc();
  }

  /** {@code x log1p(y)}, 0 where x is 0, unless y is NaN. */
  public static Tensor xlog1py(Tensor x, Tensor y) {
    return Tensor.apply(Pointwise.XLOG1PY, x, y);
  }

  /** {@link #xlog1py(Tensor, Tensor)} of one number. */
  public static Tensor xlog1py(Number x, Tensor y) {
    return Tensor.apply(Pointwise.XLOG1PY.with(x, null), y);
  }

  /** {@link #xlog1py(Tensor, Tensor)} with one number. */
  public static Tensor xlog1py(Tensor x, Number y) {
    return Tensor.apply(Pointwise.XLOG1PY.with(null, y), x);
  }

  /** {@link Tensor#xlogy(Tensor)}. */
  public static Tensor xlogy(Tensor x, Tensor y) {
    return x.xlogy(y);
  }

  /** Hurwitz's zeta function, the sum of (q + k)^-s for k = 0, 1, ...; no gradient by s. */
  public static Tensor zeta(Tensor s, Tensor q) {
    return Tensor.apply(Pointwise.ZETA, s, q);
  }

  /** {@link #zeta(Tensor, Tensor)} of one power. */
  public static Tensor zeta(Number s, Tensor q) {
    return Tensor.apply(Pointwise.ZETA.with(s, null), q);
  }

  /** {@link #zeta(Tensor, Tensor)} with one beginning; by it there is no gradient. */
  public static Tensor zeta(Tensor s, Number q) {
    return Tensor.apply(Pointwise.ZETA.with(null, q), s);
  }
}
