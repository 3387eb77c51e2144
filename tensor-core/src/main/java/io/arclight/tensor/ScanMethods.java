package io.arclight.tensor;

import io.arclight.tensor.op.CumulativeExtremeOp;
import io.arclight.tensor.op.Integration;
import io.arclight.tensor.op.ScanOp;

/** What runs along a dimension: cumulative functions, differences and integrals. */
interface ScanMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** Running sums; int64 for integers and bools. */
  default Tensor cumsum(int dim) {
    return Tensor.apply(new ScanOp(dim, ScanOp.Kind.CUMSUM), self());
  }

  default Tensor cumsum(int dim, DType dtype) {
    return self().to(dtype).cumsum(dim).to(dtype);
  }

  /** Running products; int64 for integers and bools. */
  default Tensor cumprod(int dim) {
    return Tensor.apply(new ScanOp(dim, ScanOp.Kind.CUMPROD), self());
  }

  default Tensor cumprod(int dim, DType dtype) {
    return self().to(dtype).cumprod(dim).to(dtype);
  }

  /** Logarithms of running sums of exponentials. */
  default Tensor logcumsumexp(int dim) {
    return Tensor.apply(new ScanOp(dim, ScanOp.Kind.LOGCUMSUMEXP), self());
  }

  /** The greatest so far, and where its last occurrence is. */
  default ValuesIndices cummax(int dim) {
    return extreme(dim, CumulativeExtremeOp.Kind.CUMMAX);
  }

  /** The least so far, and where its last occurrence is. */
  default ValuesIndices cummin(int dim) {
    return extreme(dim, CumulativeExtremeOp.Kind.CUMMIN);
  }

  private ValuesIndices extreme(int dim, CumulativeExtremeOp.Kind kind) {
    Tensor[] out = Tensor.applyAll(new CumulativeExtremeOp(dim, kind), self());
    return new ValuesIndices(out[0], out[1]);
  }

  /** Differences of neighbours along the last dimension. */
  default Tensor diff() {
    return diff(1, -1);
  }

  /** The {@code n}-th differences along {@code dim}; of bools, whether neighbours differ. */
  default Tensor diff(int n, int dim) {
    return Integration.diff(self(), n, dim);
  }

  /** As {@link #diff(int, int)}, with tensors put before and behind; null for none. */
  default Tensor diff(int n, int dim, Tensor prepend, Tensor append) {
    return Integration.diff(Integration.joined(self(), dim, prepend, append), n, dim);
  }

  /** The integral along {@code dim} by the trapezoidal rule, of points {@code dx} apart. */
  default Tensor trapezoid(double dx, int dim) {
    return Integration.trapezoid(self(), dx, dim);
  }

  /** The integral of points at {@code x}: a vector, or what broadcasts to this tensor. */
  default Tensor trapezoid(Tensor x, int dim) {
    return Integration.trapezoid(self(), x, dim);
  }

  /** Running integrals, one less than points. */
  default Tensor cumulativeTrapezoid(double dx, int dim) {
    return Integration.cumulative(self(), dx, dim);
  }

  default Tensor cumulativeTrapezoid(Tensor x, int dim) {
    return Integration.cumulative(self(), x, dim);
  }
}
