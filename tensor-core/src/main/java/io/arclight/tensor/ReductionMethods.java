package io.arclight.tensor;

import static io.arclight.tensor.Dim.Keep.DROP;

import io.arclight.tensor.op.CrossEntropyOp;
import io.arclight.tensor.op.CumSumOp;
import io.arclight.tensor.op.LayerNormOp;
import io.arclight.tensor.op.ReduceOp;
import io.arclight.tensor.op.SoftmaxOp;

/** Reductions over dimensions, scans and what works on rows. */
interface ReductionMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor sum() {
    return sum(Dim.ALL, DROP);
  }

  default Tensor sum(int... dims) {
    return sum(Dim.of(dims), DROP);
  }

  default Tensor sum(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.SUM, dims, keep), self());
  }

  default Tensor mean() {
    return mean(Dim.ALL, DROP);
  }

  default Tensor mean(int... dims) {
    return mean(Dim.of(dims), DROP);
  }

  default Tensor mean(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.MEAN, dims, keep), self());
  }

  /** The product of all elements in the dimensions. */
  default Tensor prod(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.PROD, dims, keep), self());
  }

  /** Unbiased variance (divisor n - 1). */
  default Tensor var() {
    return var(Dim.ALL, DROP);
  }

  default Tensor var(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.VAR, dims, keep), self());
  }

  /** The square root of {@link #var(Dim, Dim.Keep)}. */
  default Tensor std(Dim dims, Dim.Keep keep) {
    return var(dims, keep).sqrt();
  }

  /** The Euclidean norm. */
  default Tensor norm() {
    return norm(Dim.ALL, DROP);
  }

  default Tensor norm(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.NORM, dims, keep), self());
  }

  default Tensor amax(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.AMAX, dims, keep), self());
  }

  default Tensor amin(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.AMIN, dims, keep), self());
  }

  default Tensor max() {
    return amax(Dim.ALL, DROP);
  }

  default Tensor min() {
    return amin(Dim.ALL, DROP);
  }

  /** int64 position of the first maximum along {@code dim}; NaN counts as the largest. */
  default Tensor argmax(int dim) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.ARGMAX, Dim.of(dim), DROP), self());
  }

  /** int64 position of the first minimum along {@code dim}; NaN counts as the smallest. */
  default Tensor argmin(int dim) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.ARGMIN, Dim.of(dim), DROP), self());
  }

  default Tensor any() {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.ANY, Dim.ALL, DROP), self());
  }

  default Tensor all() {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.ALL, Dim.ALL, DROP), self());
  }

  default Tensor logsumexp(Dim dims, Dim.Keep keep) {
    return Tensor.apply(new ReduceOp(ReduceOp.Kind.LOGSUMEXP, dims, keep), self());
  }

  default Tensor cumsum(int dim) {
    return Tensor.apply(new CumSumOp(dim), self());
  }

  default Tensor softmax(int dim) {
    return Tensor.apply(new SoftmaxOp(dim, SoftmaxOp.Kind.SOFTMAX), self());
  }

  default Tensor logSoftmax(int dim) {
    return Tensor.apply(new SoftmaxOp(dim, SoftmaxOp.Kind.LOG_SOFTMAX), self());
  }

  /**
   * Cross-entropy of each row of logits against its class.
   *
   * @param target int64 [n] in [0, classes); this is [n, classes]
   * @return the losses, [n]
   */
  default Tensor crossEntropyRows(Tensor target) {
    return Tensor.applyAll(new CrossEntropyOp(), self(), target)[0];
  }

  /** Normalises over the last dimension: {@code (x - mean) / sqrt(var + eps) * weight + bias}. */
  default Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
    return Tensor.applyAll(new LayerNormOp(eps), self(), weight, bias)[0];
  }
}
