package io.arclight.tensor;

import io.arclight.tensor.op.AsStridedOp;
import io.arclight.tensor.op.ConvertOp;
import io.arclight.tensor.op.DiagonalOp;
import io.arclight.tensor.op.FlipOp;
import io.arclight.tensor.op.PadOp;
import io.arclight.tensor.op.ReinterpretOp;
import io.arclight.tensor.op.UnfoldOp;
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

  /** The elements of one dimension: those of dimensions {@code startDim} and after. */
  default Tensor flatten(int startDim) {
    return flatten(startDim, -1);
  }

  /** Dimensions {@code startDim} to {@code endDim}, both included, as one. */
  default Tensor flatten(int startDim, int endDim) {
    Shape s = self().shape();
    if (s.rank() == 0) {
      return reshape(1);
    }
    int from = s.wrap(startDim);
    int to = s.wrap(endDim);
    if (from > to) {
      throw new ShapeException(
          "flatten: dimension " + startDim + " comes after " + endDim + " in shape " + s);
    }
    long merged = 1;
    long[] sizes = new long[s.rank() - (to - from)];
    for (int i = 0; i < s.rank(); i++) {
      if (i < from || i > to) {
        sizes[i < from ? i : i - (to - from)] = s.dim(i);
      } else {
        merged *= s.dim(i);
        sizes[from] = merged;
      }
    }
    return reshape(Shape.of(sizes));
  }

  /** All elements as one dimension. */
  default Tensor flatten() {
    return flatten(0, -1);
  }

  /** As {@link #flatten()}. */
  default Tensor ravel() {
    return flatten(0, -1);
  }

  /** Dimension {@code dim} as several, of which one may be -1. */
  default Tensor unflatten(int dim, long... sizes) {
    Shape s = self().shape();
    int at = s.wrap(dim);
    Shape inner = Shapes.infer(sizes, Shape.of(s.dim(at)), "unflatten");
    long[] out = new long[s.rank() - 1 + inner.rank()];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          i < at
              ? s.dim(i)
              : i < at + inner.rank() ? inner.dim(i - at) : s.dim(i - inner.rank() + 1);
    }
    return reshape(Shape.of(out));
  }

  default Tensor viewAs(Tensor other) {
    return view(other.shape().toArray());
  }

  default Tensor reshapeAs(Tensor other) {
    return reshape(other.shape());
  }

  /**
   * A view of the same bytes as another dtype's. The last dimension grows or shrinks where the
   * sizes of elements differ.
   *
   * @throws ShapeException where elements of the last dimension do not make whole elements
   */
  default Tensor view(DType dtype) {
    return dtype == self().dtype()
        ? self()
        : Tensor.apply(new ReinterpretOp(dtype, self().dtype()), self());
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

  default Tensor swapaxes(int a, int b) {
    return transpose(a, b);
  }

  default Tensor swapdims(int a, int b) {
    return transpose(a, b);
  }

  /** Dimension {@code from} at place {@code to}, the others in order. */
  default Tensor movedim(int from, int to) {
    return movedim(new int[] {from}, new int[] {to});
  }

  /** Dimensions {@code from} at places {@code to}, the others in order. */
  default Tensor movedim(int[] from, int[] to) {
    return permute(Shapes.moved(from, to, self().shape()));
  }

  default Tensor moveaxis(int from, int to) {
    return movedim(from, to);
  }

  /** The transpose of a matrix; a vector or number as it is. */
  default Tensor t() {
    if (self().rank() > 2) {
      throw new ShapeException(
          "t: expects at most two dimensions, got shape " + self().shape() + ": use mT()");
    }
    return self().rank() < 2 ? self() : transpose(0, 1);
  }

  /** All dimensions in reverse order. */
  default Tensor T() {
    int[] order = new int[self().rank()];
    Arrays.setAll(order, i -> order.length - 1 - i);
    return permute(order);
  }

  /** The last two dimensions exchanged. */
  default Tensor mT() {
    if (self().rank() < 2) {
      throw new ShapeException("mT: expects at least two dimensions, got shape " + self().shape());
    }
    return transpose(-2, -1);
  }

  /**
   * The conjugate transpose of a matrix; a copy where it is complex, else a view.
   *
   * @throws ShapeException unless there are two dimensions
   */
  default Tensor H() {
    if (self().rank() != 2) {
      throw new ShapeException(
          "H: expects a matrix, got shape " + self().shape() + ": use mH() for batches");
    }
    return mH();
  }

  /**
   * The conjugate transposes of matrices [..., n, m]; a copy where they are complex, else a view.
   */
  default Tensor mH() {
    if (self().rank() < 2) {
      throw new ShapeException("mH: expects at least two dimensions, got shape " + self().shape());
    }
    return Solving.adjoint(self());
  }

  /** As {@link #mH}. */
  default Tensor adjoint() {
    return mH();
  }

  default Tensor expand(long... sizes) {
    return expand(Shape.of(sizes));
  }

  default Tensor expand(Shape target) {
    return target.equals(self().shape()) ? self() : Tensor.apply(new ViewOp.Expand(target), self());
  }

  default Tensor expandAs(Tensor other) {
    return expand(other.shape());
  }

  default Tensor broadcastTo(long... sizes) {
    return expand(sizes);
  }

  /** As {@link #expand(long...)}, with memory of its own. */
  default Tensor expandCopy(long... sizes) {
    return expand(sizes).copy();
  }

  /** Copies side by side, {@code times} of each dimension, the last ones last. */
  default Tensor repeat(long... times) {
    return Repeats.repeat(self(), times);
  }

  /** As {@link #repeat}; where {@code times} are fewer than dimensions, for the last ones. */
  default Tensor tile(long... times) {
    return Repeats.tile(self(), times);
  }

  /** Each slice along {@code dim} {@code times} times in a row. */
  default Tensor repeatInterleave(long times, int dim) {
    return Repeats.interleave(self(), times, dim);
  }

  /** Each element {@code times} times in a row, as one dimension. */
  default Tensor repeatInterleave(long times) {
    return Repeats.interleave(flatten(), times, 0);
  }

  /**
   * Each slice along {@code dim} as often in a row as {@code times} says.
   *
   * @param times int64 or int32, [size of dim] or [1], not negative
   */
  default Tensor repeatInterleave(Tensor times, int dim) {
    return Repeats.interleave(self(), times, dim);
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

  /** Drops all dimensions of size 1. */
  default Tensor squeeze() {
    int[] all = new int[self().rank()];
    Arrays.setAll(all, i -> i);
    return squeeze(all);
  }

  /** Drops those of {@code dims} that have size 1. */
  default Tensor squeeze(int... dims) {
    Tensor out = self();
    int[] sorted = dims.length == 0 ? dims : Dim.of(dims).resolve(self().shape(), "squeeze");
    for (int i = sorted.length - 1; i >= 0; i--) {
      out = out.dim(sorted[i]) == 1 ? out.select(sorted[i], 0) : out;
    }
    return out;
  }

  /** Drops dimension {@code dim} if its size is 1. */
  default Tensor squeeze(int dim) {
    if (self().rank() == 0 && (dim == 0 || dim == -1)) {
      return self();
    }
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

  /** {@code length} indices from {@code start} on, which counts from the end if negative. */
  default Tensor narrow(int dim, long start, long length) {
    long n = self().dim(dim);
    long from = start < 0 ? start + n : start;
    if (from < 0 || from > n || length < 0 || length > n - from) {
      throw new ShapeException(
          "narrow: start "
              + start
              + " and length "
              + length
              + " do not fit dimension "
              + dim
              + " of size "
              + n
              + " in shape "
              + self().shape());
    }
    return slice(dim, from, from + length, 1);
  }

  /** The elements [i, i] of the first two dimensions, as a view with them last. */
  default Tensor diagonal() {
    return diagonal(0, 0, 1);
  }

  /** As {@link #diagonal()}, {@code offset} above the main diagonal, negative below. */
  default Tensor diagonal(long offset) {
    return diagonal(offset, 0, 1);
  }

  default Tensor diagonal(long offset, int dim1, int dim2) {
    return Tensor.apply(
        new DiagonalOp(offset, self().shape().wrap(dim1), self().shape().wrap(dim2)), self());
  }

  /** Windows of {@code size} elements of {@code dim}, {@code step} apart; they come last. */
  default Tensor unfold(int dim, long size, long step) {
    return Tensor.apply(new UnfoldOp(dim, size, step), self());
  }

  /**
   * A view of the memory by sizes and strides in elements, from the element that this tensor begins
   * with. Where it sees an element several times, gradients are added.
   */
  default Tensor asStrided(long[] sizes, long[] strides) {
    return asStrided(sizes, strides, self().layout().offset());
  }

  /**
   * {@link #asStrided(long[], long[])} from another place in the memory.
   *
   * @param offset of the first element, in elements
   */
  default Tensor asStrided(long[] sizes, long[] strides, long offset) {
    for (long s : strides) {
      if (s < 0) {
        throw new ShapeException(
            "asStrided: strides must not be negative, got " + Arrays.toString(strides));
      }
    }
    return Tensor.apply(
        new AsStridedOp(
            Shape.of(sizes),
            Shape.of(strides),
            offset - self().layout().offset(),
            Shape.of(self().layout().strides())),
        self());
  }

  /** A copy with the order of {@code dims} reversed. */
  default Tensor flip(int... dims) {
    return Tensor.apply(new FlipOp(Dim.of(dims)), self());
  }

  /** A copy with the columns, dimension 1, in reverse order. */
  default Tensor fliplr() {
    if (self().rank() < 2) {
      throw new ShapeException(
          "fliplr: expects at least two dimensions, got shape " + self().shape());
    }
    return flip(1);
  }

  /** A copy with the rows, dimension 0, in reverse order. */
  default Tensor flipud() {
    if (self().rank() < 1) {
      throw new ShapeException("flipud: expects at least one dimension, got a number");
    }
    return flip(0);
  }

  /** Elements moved on by {@code shift} places along {@code dim}; the last come first again. */
  default Tensor roll(long shift, int dim) {
    return Repeats.roll(self(), shift, dim);
  }

  /** As {@link #roll(long, int)}, along several dimensions. */
  default Tensor roll(long[] shifts, int[] dims) {
    if (shifts.length != dims.length) {
      throw new ShapeException(
          "roll: " + shifts.length + " shifts for " + dims.length + " dimensions");
    }
    Tensor out = self();
    for (int i = 0; i < dims.length; i++) {
      out = Repeats.roll(out, shifts[i], dims[i]);
    }
    return out;
  }

  /** Elements moved on by {@code shift} places in row-major order. */
  default Tensor roll(long shift) {
    return Repeats.roll(flatten(), shift, 0).reshape(self().shape());
  }

  /** Turned by {@code quarters} right angles from {@code dim0} towards {@code dim1}. */
  default Tensor rot90(int quarters, int dim0, int dim1) {
    return Repeats.rot90(self(), quarters, dim0, dim1);
  }

  /** As {@link #rot90(int, int, int)} in the first two dimensions. */
  default Tensor rot90() {
    return rot90(1, 0, 1);
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
    if (self().dtype().isComplex() && !target.isComplex() && target != DType.BOOL) {
      Warnings.once(
          "a complex tensor was converted to "
              + target
              + ": the imaginary parts are lost; say real() where that is meant");
    }
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
}
