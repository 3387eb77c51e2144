package io.arclight.tensor;

import io.arclight.tensor.op.ConvertOp;
import io.arclight.tensor.op.PadOp;
import io.arclight.tensor.op.ViewOp;
import java.util.Arrays;

/** Other shapes of the same elements. */
interface ViewMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  default Tensor view(long... sizes) {
    return Tensor.apply(new ViewOp.View(Shapes.infer(sizes, self().shape(), "view")), self());
  }

  /** A view where the strides allow it, else a copy. */
  default Tensor reshape(long... sizes) {
    return reshape(Shapes.infer(sizes, self().shape(), "reshape"));
  }

  default Tensor reshape(Shape target) {
    if (target.equals(self().shape())) {
      return self();
    }
    Tensor base = self().layout().reshape(target) == null ? contiguous() : self();
    return Tensor.apply(new ViewOp.View(target), base);
  }

  default Tensor flatten(int startDim) {
    int at = self().shape().wrap(startDim);
    long[] sizes = Arrays.copyOf(self().shape().toArray(), at + 1);
    sizes[at] = -1;
    if (self().elements() == 0) {
      long rest = 1;
      for (int i = at; i < self().rank(); i++) {
        rest *= self().dim(i);
      }
      sizes[at] = rest;
    }
    return reshape(sizes);
  }

  default Tensor permute(int... order) {
    return Tensor.apply(
        new ViewOp.Permute(Dim.of(Shapes.permutation(order, self().shape()))), self());
  }

  default Tensor transpose(int a, int b) {
    int[] order = new int[self().rank()];
    Arrays.setAll(order, i -> i);
    int i = self().shape().wrap(a);
    int j = self().shape().wrap(b);
    order[i] = j;
    order[j] = i;
    return permute(order);
  }

  /** The transpose of a matrix. */
  default Tensor t() {
    if (self().rank() != 2) {
      throw new ShapeException("t: expects a matrix, got shape " + self().shape());
    }
    return transpose(0, 1);
  }

  default Tensor expand(long... sizes) {
    return expand(Shape.of(sizes));
  }

  default Tensor expand(Shape target) {
    return target.equals(self().shape()) ? self() : Tensor.apply(new ViewOp.Expand(target), self());
  }

  default Tensor unsqueeze(int dim) {
    int rank = self().rank() + 1;
    if (dim < -rank || dim >= rank) {
      throw new ShapeException(
          "unsqueeze: dimension " + dim + " is out of range for " + self().shape());
    }
    long[] sizes = new long[rank];
    int at = dim < 0 ? dim + rank : dim;
    for (int i = 0, j = 0; i < rank; i++) {
      sizes[i] = i == at ? 1 : self().dim(j++);
    }
    return Tensor.apply(new ViewOp.View(Shape.of(sizes)), self());
  }

  /** Drops dimension {@code dim} if its size is 1. */
  default Tensor squeeze(int dim) {
    int at = self().shape().wrap(dim);
    if (self().dim(at) != 1) {
      return self();
    }
    return select(at, 0);
  }

  /** The slice at {@code index} of {@code dim}, without that dimension. */
  default Tensor select(int dim, long index) {
    return Tensor.apply(new ViewOp.Select(self().shape().wrap(dim), index), self());
  }

  /** Indices start, start + step, ... below end; negative start and end count from the end. */
  default Tensor slice(int dim, long start, long end, long step) {
    return Tensor.apply(new ViewOp.Slice(self().shape().wrap(dim), start, end, step), self());
  }

  default Tensor slice(int dim, long start, long end) {
    return slice(dim, start, end, 1);
  }

  default Tensor narrow(int dim, long start, long length) {
    long n = self().dim(dim);
    if (start < 0 || length < 0 || start + length > n) {
      throw new ShapeException(
          "narrow: start "
              + start
              + " and length "
              + length
              + " do not fit dimension "
              + dim
              + " of shape "
              + self().shape());
    }
    return slice(dim, start, start + length, 1);
  }

  /** Adds {@code before} and {@code after} elements of {@code value} along {@code dim}. */
  default Tensor pad(int dim, long before, long after, Number value) {
    return Tensor.apply(new PadOp(self().shape().wrap(dim), before, after, value), self());
  }

  default Tensor contiguous() {
    return self().isContiguous()
        ? self()
        : Tensor.apply(ConvertOp.copy(self().dtype(), self().device()), self());
  }

  /** A copy of its own. */
  default Tensor copy() {
    return Tensor.apply(ConvertOp.copy(self().dtype(), self().device()), self());
  }

  /** This tensor in another dtype; itself where nothing changes. */
  default Tensor to(DType target) {
    return target == self().dtype()
        ? self()
        : Tensor.apply(ConvertOp.copy(target, self().device()), self());
  }

  /** This tensor on another device; itself where nothing changes. */
  default Tensor to(Device target) {
    return target.equals(self().device())
        ? self()
        : Tensor.apply(ConvertOp.copy(self().dtype(), target), self());
  }

  default Tensor zerosLike() {
    return Tensor.full(self().shape(), 0, self().dtype(), self().device());
  }

  default Tensor onesLike() {
    return Tensor.full(self().shape(), 1, self().dtype(), self().device());
  }
}
