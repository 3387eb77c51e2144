package io.arclight.tensor;

import io.arclight.tensor.op.Bounds;
import io.arclight.tensor.op.DiagonalOp;
import io.arclight.tensor.op.GatherOp;
import io.arclight.tensor.op.IndexOp;
import io.arclight.tensor.op.IndexPutOp;
import io.arclight.tensor.op.Nonzero;
import io.arclight.tensor.op.OneHotOp;
import io.arclight.tensor.op.ScatterOp;
import io.arclight.tensor.op.ViewOp;
import io.arclight.tensor.op.ViewScatterOp;

/** Picking elements by position, and writing to them. */
interface IndexingMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  // ---- x[...]

  /**
   * PyTorch's {@code x[...]}: a view, or a copy where {@code at} holds tensors; see {@link Index}.
   *
   * <pre>{@code
   * x.index(at(0), slice(1, -1, 2), ELLIPSIS); // x[0, 1:-1:2, ...]
   * x.index(at(x.gt(0)));                      // x[x > 0]
   * }</pre>
   *
   * @throws ShapeException if there are too many entries, a mask's shape does not match, or an
   *     index given as a number is out of range
   * @throws DataException if an index in a tensor is out of range
   */
  default Tensor index(Index... at) {
    return new Indexer("index", self(), at).get();
  }

  /**
   * PyTorch's {@code x[...] = value}: writes into this tensor's memory, which its views share.
   *
   * <pre>{@code
   * x.set(row, at(-1));            // x[-1] = row
   * x.set(y, at(mask), ALL);       // x[mask] = y
   * }</pre>
   *
   * @param value broadcast to the indexed part and converted to its dtype
   */
  default Tensor set(Tensor value, Index... at) {
    new Indexer("set", self(), at).set(value, Combine.REPLACE);
    return self();
  }

  /** As {@link #set(Tensor, Index...)}, with one value. */
  default Tensor set(Number value, Index... at) {
    new Indexer("set", self(), at).set(value);
    return self();
  }

  /**
   * Writes {@code values} at {@code at}, in which there is at least one tensor; of several values
   * for one element the last in index order stays, or they are combined.
   */
  default Tensor indexPutInPlace(Tensor values, Combine combine, Index... at) {
    new Indexer("indexPutInPlace", self(), at).set(values, combine);
    return self();
  }

  /** A copy with {@code values} written at {@code at}, in which there is at least one tensor. */
  default Tensor indexPut(Tensor values, Combine combine, Index... at) {
    return new Indexer("indexPut", self(), at).put(values, combine);
  }

  default Tensor indexPut(Tensor values, Index... at) {
    return indexPut(values, Combine.REPLACE, at);
  }

  // ---- along a dimension, an index for each element

  /** out[i, j] = this[index[i, j], j] and so on along {@code dim}; index int64 of the same rank. */
  default Tensor gather(int dim, Tensor index) {
    return Tensor.apply(new GatherOp(dim), self(), index);
  }

  /**
   * As {@link #gather}, this and {@code index} broadcast in the other dimensions; what sorts and
   * arguments of extremes give.
   */
  default Tensor takeAlongDim(Tensor index, int dim) {
    return Scatters.takeAlongDim(self(), index, dim);
  }

  /** The elements at {@code index} (int64, of any shape) of this taken as one dimension. */
  default Tensor take(Tensor index) {
    return Tensor.apply(new IndexOp(Dim.of(0), Bounds.WRAP), self().flatten(), index);
  }

  /** A copy of this with {@code source} written at {@code index} along {@code dim}. */
  default Tensor scatter(int dim, Tensor index, Tensor source) {
    return Scatters.scatter(self(), dim, Combine.REPLACE, index, source);
  }

  default Tensor scatter(int dim, Tensor index, Number value) {
    return scatter(dim, index, value, Combine.REPLACE);
  }

  /** As {@link #scatter(int, Tensor, Tensor)}, combined with what is there: SUM or PROD. */
  default Tensor scatter(int dim, Tensor index, Tensor source, Combine combine) {
    return Scatters.scatter(self(), dim, combine, index, source);
  }

  default Tensor scatter(int dim, Tensor index, Number value, Combine combine) {
    Tensor one = Tensor.full(Shape.SCALAR, value, self().dtype(), self().device());
    return Scatters.scatter(self(), dim, combine, index, one);
  }

  /** A copy of this with {@code source} added at {@code index} along {@code dim}. */
  default Tensor scatterAdd(int dim, Tensor index, Tensor source) {
    return Scatters.scatter(self(), dim, Combine.SUM, index, source);
  }

  /** A copy of this with what {@code source} holds for each element combined with it. */
  default Tensor scatterReduce(int dim, Tensor index, Tensor source, Combine combine) {
    return scatterReduce(dim, index, source, combine, Combine.Self.INCLUDED);
  }

  /**
   * As {@link #scatterReduce(int, Tensor, Tensor, Combine)}.
   *
   * @param own whether the element itself is combined too; elements without values always stay
   */
  default Tensor scatterReduce(
      int dim, Tensor index, Tensor source, Combine combine, Combine.Self own) {
    return Scatters.reduce(
        self(),
        Scatters.fit(source, index),
        combine,
        own,
        (how, base, values) -> Tensor.apply(new ScatterOp(dim, how), base, index, values));
  }

  /** As {@link #scatter(int, Tensor, Tensor)}, into this tensor's memory. */
  default Tensor scatterInPlace(int dim, Tensor index, Tensor source) {
    return Scatters.inPlace("scatter_", self(), dim, Combine.REPLACE, index, source);
  }

  default Tensor scatterInPlace(int dim, Tensor index, Number value) {
    Tensor one = Tensor.full(Shape.SCALAR, value, self().dtype(), self().device());
    return Scatters.inPlace("scatter_", self(), dim, Combine.REPLACE, index, one);
  }

  /** As {@link #scatterAdd}, into this tensor's memory. */
  default Tensor scatterAddInPlace(int dim, Tensor index, Tensor source) {
    return Scatters.inPlace("scatter_add_", self(), dim, Combine.SUM, index, source);
  }

  // ---- along a dimension, an index for each slice

  /** The slices at {@code index} (int64 [k]) along {@code dim}. */
  default Tensor indexSelect(int dim, Tensor index) {
    if (index.rank() > 1) {
      throw new ShapeException(
          "indexSelect: the index must have one dimension, got shape " + index.shape());
    }
    Tensor flat = index.rank() == 0 ? index.reshape(1) : index;
    return Scatters.whole(
        self(), x -> Tensor.apply(new IndexOp(Dim.of(dim), Bounds.STRICT), x, flat));
  }

  /** A copy of this with {@code source} added at {@code index} (int64 [k]) along {@code dim}. */
  default Tensor indexAdd(int dim, Tensor index, Tensor source) {
    return Scatters.slices(self(), dim, Combine.SUM, index, source);
  }

  /** As {@link #indexAdd(int, Tensor, Tensor)}, {@code source} times {@code alpha}. */
  default Tensor indexAdd(int dim, Tensor index, Tensor source, Number alpha) {
    return indexAdd(dim, index, source.mul(alpha));
  }

  /** A copy of this with the slices of {@code source} at {@code index} along {@code dim}. */
  default Tensor indexCopy(int dim, Tensor index, Tensor source) {
    return Scatters.slices(self(), dim, Combine.REPLACE, index, source);
  }

  /** A copy of this with {@code value} in the slices at {@code index} along {@code dim}. */
  default Tensor indexFill(int dim, Tensor index, Number value) {
    return indexFill(dim, index, Tensor.full(Shape.SCALAR, value, self().dtype(), self().device()));
  }

  /** As {@link #indexFill(int, Tensor, Number)}, the value a tensor without dimensions. */
  default Tensor indexFill(int dim, Tensor index, Tensor value) {
    if (value.rank() != 0) {
      throw new ShapeException(
          "indexFill: the value must have no dimensions, got shape " + value.shape());
    }
    return Scatters.whole(
        self(),
        x ->
            Tensor.apply(
                new IndexPutOp(Dim.of(dim), Bounds.WRAP, Combine.REPLACE),
                x,
                value,
                index.reshape(-1)));
  }

  /** A copy of this with the slices of {@code source} combined at {@code index}. */
  default Tensor indexReduce(int dim, Tensor index, Tensor source, Combine combine) {
    return indexReduce(dim, index, source, combine, Combine.Self.INCLUDED);
  }

  /**
   * As {@link #indexReduce(int, Tensor, Tensor, Combine)}.
   *
   * @param own whether the slices themselves are combined too
   */
  default Tensor indexReduce(
      int dim, Tensor index, Tensor source, Combine combine, Combine.Self own) {
    return Scatters.reduce(
        self(),
        source,
        combine,
        own,
        (how, base, values) ->
            Tensor.apply(
                new IndexPutOp(Dim.of(dim), Bounds.STRICT, how), base, values, index.reshape(-1)));
  }

  /** As {@link #indexAdd(int, Tensor, Tensor)}, into this tensor's memory. */
  default Tensor indexAddInPlace(int dim, Tensor index, Tensor source) {
    return Scatters.slicesInPlace("index_add_", self(), dim, Combine.SUM, index, source);
  }

  /** As {@link #indexCopy}, into this tensor's memory. */
  default Tensor indexCopyInPlace(int dim, Tensor index, Tensor source) {
    return Scatters.slicesInPlace("index_copy_", self(), dim, Combine.REPLACE, index, source);
  }

  /** As {@link #indexFill(int, Tensor, Number)}, into this tensor's memory. */
  default Tensor indexFillInPlace(int dim, Tensor index, Number value) {
    Tensor one = Tensor.full(Shape.SCALAR, value, self().dtype(), self().device());
    IndexPutOp put = new IndexPutOp(Dim.of(dim), Bounds.WRAP, Combine.REPLACE);
    return InPlace.apply("index_fill_", put, self(), one, index.reshape(-1));
  }

  // ---- where something holds

  /** The elements where {@code mask} (bool, broadcast with this) holds, as one dimension. */
  default Tensor maskedSelect(Tensor mask) {
    Scatters.requireMask("maskedSelect", mask);
    Shape shape = Shape.broadcast(self().shape(), mask.shape());
    Tensor places = Nonzero.flat(mask.expand(shape));
    return Tensor.apply(
        new IndexOp(Dim.of(0), Bounds.STRICT), self().expand(shape).reshape(-1), places);
  }

  /** A copy of this with elements of {@code source}, in order, where {@code mask} holds. */
  default Tensor maskedScatter(Tensor mask, Tensor source) {
    return Scatters.maskedScatter(self(), mask, source);
  }

  /** int64 [count, rank]: where elements are not zero, in row-major order. */
  default Tensor nonzero() {
    return Scatters.nonzero(self()).t();
  }

  /** As {@link #nonzero()}. */
  default Tensor argwhere() {
    return nonzero();
  }

  /** {@link #nonzero()} by dimension, [count] each; may be given to {@link #index}. */
  default Tensor[] where() {
    return Scatters.nonzero(self().rank() == 0 ? self().reshape(1) : self()).unbind(0);
  }

  /** The coordinates, one tensor a dimension, of indices into {@code shape} as one dimension. */
  default Tensor[] unravelIndex(Shape shape) {
    return Scatters.unravel(self(), shape);
  }

  /** int64 [..., classes]: 1 at this element's class. */
  default Tensor oneHot(long classes) {
    return Tensor.apply(new OneHotOp(classes), self());
  }

  // ---- a view replaced, as a copy

  /** A copy of this with {@code source} as the slice at {@code index} of {@code dim}. */
  default Tensor selectScatter(Tensor source, int dim, long index) {
    return replaced(new ViewOp.Select(self().shape().wrap(dim), index), source);
  }

  /** A copy of this with {@code source} at start, start + step, ... below end of {@code dim}. */
  default Tensor sliceScatter(Tensor source, int dim, long start, long end, long step) {
    return replaced(new ViewOp.Slice(self().shape().wrap(dim), start, end, step), source);
  }

  default Tensor sliceScatter(Tensor source, int dim, long start, long end) {
    return sliceScatter(source, dim, start, end, 1);
  }

  /** A copy of this with {@code source} as the diagonal of two dimensions. */
  default Tensor diagonalScatter(Tensor source, long offset, int dim1, int dim2) {
    Shape s = self().shape();
    return replaced(new DiagonalOp(offset, s.wrap(dim1), s.wrap(dim2)), source);
  }

  default Tensor diagonalScatter(Tensor source, long offset) {
    return diagonalScatter(source, offset, 0, 1);
  }

  private Tensor replaced(ViewOp view, Tensor source) {
    return Tensor.apply(new ViewScatterOp(view), self(), source);
  }
}
