package io.arclight.tensor;

import static io.arclight.tensor.Dim.Keep.DROP;

import io.arclight.tensor.op.LayerNormOp;
import io.arclight.tensor.op.ReduceOp;
import io.arclight.tensor.op.ReduceOp.Kind;
import io.arclight.tensor.op.SelectRankOp;
import io.arclight.tensor.op.SoftmaxOp;
import io.arclight.tensor.op.WholeMedianOp;

/** Reductions over dimensions, and what works on rows. */
interface ReductionMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  private Tensor[] reduce(Kind kind, Dim dims, Dim.Keep keep) {
    return Tensor.applyAll(new ReduceOp(kind, dims, keep), self());
  }

  private Tensor[] reduce(Kind kind, Dim dims, Dim.Keep keep, double argument) {
    return Tensor.applyAll(new ReduceOp(kind, dims, keep, argument), self());
  }

  /** Computed in {@code dtype}; integers are summed as int64, which wraps alike. */
  private Tensor reduce(Kind kind, Dim dims, Dim.Keep keep, DType dtype) {
    return Tensor.apply(new ReduceOp(kind, dims, keep), self().to(dtype)).to(dtype);
  }

  // ---- sums and products

  /** The sum of all elements; int64 for integers and bools. */
  default Tensor sum() {
    return sum(Dim.ALL, DROP);
  }

  default Tensor sum(int... dims) {
    return sum(Dim.of(dims), DROP);
  }

  default Tensor sum(Dim dims, Dim.Keep keep) {
    return reduce(Kind.SUM, dims, keep)[0];
  }

  /** The sum of the elements converted to {@code dtype}, which is the result's. */
  default Tensor sum(Dim dims, Dim.Keep keep, DType dtype) {
    return reduce(Kind.SUM, dims, keep, dtype);
  }

  /** The sum of what is not NaN. */
  default Tensor nansum() {
    return nansum(Dim.ALL, DROP);
  }

  default Tensor nansum(Dim dims, Dim.Keep keep) {
    return reduce(Kind.NANSUM, dims, keep)[0];
  }

  default Tensor nansum(Dim dims, Dim.Keep keep, DType dtype) {
    return reduce(Kind.NANSUM, dims, keep, dtype);
  }

  /**
   * The mean of all elements.
   *
   * @throws DTypeException for integers: convert first, or name a dtype
   */
  default Tensor mean() {
    return mean(Dim.ALL, DROP);
  }

  default Tensor mean(int... dims) {
    return mean(Dim.of(dims), DROP);
  }

  default Tensor mean(Dim dims, Dim.Keep keep) {
    return reduce(Kind.MEAN, dims, keep)[0];
  }

  default Tensor mean(Dim dims, Dim.Keep keep, DType dtype) {
    return reduce(Kind.MEAN, dims, keep, dtype);
  }

  /** The mean of what is not NaN; NaN if nothing is. */
  default Tensor nanmean() {
    return nanmean(Dim.ALL, DROP);
  }

  default Tensor nanmean(Dim dims, Dim.Keep keep) {
    Tensor counts = self().isnan().logicalNot().sum(dims, keep);
    return nansum(dims, keep).div(counts);
  }

  default Tensor nanmean(Dim dims, Dim.Keep keep, DType dtype) {
    return self().to(dtype).nanmean(dims, keep);
  }

  /** The product of all elements; int64 for integers and bools. */
  default Tensor prod() {
    return prod(Dim.ALL, DROP);
  }

  default Tensor prod(int... dims) {
    return prod(Dim.of(dims), DROP);
  }

  default Tensor prod(Dim dims, Dim.Keep keep) {
    return reduce(Kind.PROD, dims, keep)[0];
  }

  default Tensor prod(Dim dims, Dim.Keep keep, DType dtype) {
    return reduce(Kind.PROD, dims, keep, dtype);
  }

  /** The logarithm of the sum of exponentials, without overflow. */
  default Tensor logsumexp(int... dims) {
    return logsumexp(Dim.of(dims), DROP);
  }

  default Tensor logsumexp(Dim dims, Dim.Keep keep) {
    Tensor x = self().dtype().isDifferentiable() ? self() : self().to(DType.FLOAT32);
    return Tensor.apply(new ReduceOp(Kind.LOGSUMEXP, dims, keep), x);
  }

  // ---- spread and size

  /** The variance with divisor n - 1. */
  default Tensor var() {
    return var(Dim.ALL, DROP);
  }

  default Tensor var(int... dims) {
    return var(Dim.of(dims), DROP);
  }

  default Tensor var(Dim dims, Dim.Keep keep) {
    return var(dims, 1, keep);
  }

  /** The variance with divisor n - {@code correction}, or 0 where that is negative. */
  default Tensor var(Dim dims, double correction, Dim.Keep keep) {
    return reduce(Kind.VAR, dims, keep, correction)[0];
  }

  /** The square root of {@link #var()}. */
  default Tensor std() {
    return std(Dim.ALL, DROP);
  }

  default Tensor std(int... dims) {
    return std(Dim.of(dims), DROP);
  }

  default Tensor std(Dim dims, Dim.Keep keep) {
    return std(dims, 1, keep);
  }

  default Tensor std(Dim dims, double correction, Dim.Keep keep) {
    return reduce(Kind.STD, dims, keep, correction)[0];
  }

  default VarMean varMean(Dim dims, double correction, Dim.Keep keep) {
    Tensor[] out = reduce(Kind.VAR, dims, keep, correction);
    return new VarMean(out[0], out[1]);
  }

  default StdMean stdMean(Dim dims, double correction, Dim.Keep keep) {
    Tensor[] out = reduce(Kind.STD, dims, keep, correction);
    return new StdMean(out[0], out[1]);
  }

  /** The Euclidean norm of all elements, as one vector. */
  default Tensor norm() {
    return norm(2, Dim.ALL, DROP);
  }

  default Tensor norm(Dim dims, Dim.Keep keep) {
    return norm(2, dims, keep);
  }

  default Tensor norm(double p) {
    return norm(p, Dim.ALL, DROP);
  }

  /**
   * The p-norm of vectors: sum(|x|^p)^(1/p); for an infinite {@code p} the greatest or least of
   * |x|, for 0 the number of elements that are not 0.
   */
  default Tensor norm(double p, Dim dims, Dim.Keep keep) {
    return reduce(Kind.NORM, dims, keep, p)[0];
  }

  default Tensor norm(double p, Dim dims, Dim.Keep keep, DType dtype) {
    return self().to(dtype).norm(p, dims, keep);
  }

  /** The p-norm of the difference. */
  default Tensor dist(Tensor other, double p) {
    return self().sub(other).norm(p);
  }

  // ---- extremes

  /** The greatest element; NaN if there is any. */
  default Tensor max() {
    return amax(Dim.ALL, DROP);
  }

  /** The greatest along {@code dim}, and where the first such is. */
  default ValuesIndices max(int dim) {
    return max(dim, DROP);
  }

  default ValuesIndices max(int dim, Dim.Keep keep) {
    Tensor[] out = reduce(Kind.MAX, Dim.of(dim), keep);
    return new ValuesIndices(out[0], out[1]);
  }

  /** The least element; NaN if there is any. */
  default Tensor min() {
    return amin(Dim.ALL, DROP);
  }

  /** The least along {@code dim}, and where the first such is. */
  default ValuesIndices min(int dim) {
    return min(dim, DROP);
  }

  default ValuesIndices min(int dim, Dim.Keep keep) {
    Tensor[] out = reduce(Kind.MIN, Dim.of(dim), keep);
    return new ValuesIndices(out[0], out[1]);
  }

  default Tensor amax(int... dims) {
    return amax(Dim.of(dims), DROP);
  }

  /** The greatest; its gradient goes in equal shares to all that equal it. */
  default Tensor amax(Dim dims, Dim.Keep keep) {
    return reduce(Kind.AMAX, dims, keep)[0];
  }

  default Tensor amin(int... dims) {
    return amin(Dim.of(dims), DROP);
  }

  /** The least; its gradient goes in equal shares to all that equal it. */
  default Tensor amin(Dim dims, Dim.Keep keep) {
    return reduce(Kind.AMIN, dims, keep)[0];
  }

  default MinMax aminmax() {
    return aminmax(Dim.ALL, DROP);
  }

  default MinMax aminmax(Dim dims, Dim.Keep keep) {
    Tensor[] out = reduce(Kind.AMINMAX, dims, keep);
    return new MinMax(out[0], out[1]);
  }

  /** int64 position of the first maximum in row-major order; NaN counts as the largest. */
  default Tensor argmax() {
    return argmax(Dim.ALL, DROP);
  }

  /** int64 position of the first maximum along {@code dim}; NaN counts as the largest. */
  default Tensor argmax(int dim) {
    return argmax(Dim.of(dim), DROP);
  }

  /** As {@link #argmax(int)}, along one dimension, or {@link Dim#ALL}. */
  default Tensor argmax(Dim dim, Dim.Keep keep) {
    return reduce(Kind.ARGMAX, dim, keep)[0];
  }

  /** int64 position of the first minimum in row-major order; NaN counts as the smallest. */
  default Tensor argmin() {
    return argmin(Dim.ALL, DROP);
  }

  /** int64 position of the first minimum along {@code dim}; NaN counts as the smallest. */
  default Tensor argmin(int dim) {
    return argmin(Dim.of(dim), DROP);
  }

  /** As {@link #argmin(int)}, along one dimension, or {@link Dim#ALL}. */
  default Tensor argmin(Dim dim, Dim.Keep keep) {
    return reduce(Kind.ARGMIN, dim, keep)[0];
  }

  /** The lower median of all elements; NaN if there is any. */
  default Tensor median() {
    return Tensor.apply(new WholeMedianOp(SelectRankOp.Kind.MEDIAN), self());
  }

  /** The lower median of all elements that are not NaN. */
  default Tensor nanmedian() {
    return Tensor.apply(new WholeMedianOp(SelectRankOp.Kind.NANMEDIAN), self());
  }

  // ---- logic

  /** Whether any element is not 0: bool, or uint8 for uint8. */
  default Tensor any() {
    return any(Dim.ALL, DROP);
  }

  default Tensor any(int... dims) {
    return any(Dim.of(dims), DROP);
  }

  default Tensor any(Dim dims, Dim.Keep keep) {
    return reduce(Kind.ANY, dims, keep)[0];
  }

  /** Whether no element is 0: bool, or uint8 for uint8. */
  default Tensor all() {
    return all(Dim.ALL, DROP);
  }

  default Tensor all(int... dims) {
    return all(Dim.of(dims), DROP);
  }

  default Tensor all(Dim dims, Dim.Keep keep) {
    return reduce(Kind.ALL, dims, keep)[0];
  }

  /** int64: how many elements are not 0. */
  default Tensor countNonzero(int... dims) {
    return reduce(Kind.COUNT_NONZERO, Dim.of(dims), DROP)[0];
  }

  // ---- rows

  default Tensor softmax(int dim) {
    return Tensor.apply(new SoftmaxOp(dim, SoftmaxOp.Kind.SOFTMAX), self());
  }

  default Tensor logSoftmax(int dim) {
    return Tensor.apply(new SoftmaxOp(dim, SoftmaxOp.Kind.LOG_SOFTMAX), self());
  }

  /** Normalises over the last dimension: {@code (x - mean) / sqrt(var + eps) * weight + bias}. */
  default Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
    return Tensor.applyAll(new LayerNormOp(eps), self(), weight, bias)[0];
  }
}
