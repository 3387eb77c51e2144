package io.arclight.tensor;

import io.arclight.tensor.op.GatherOp;
import io.arclight.tensor.op.IndexSelectOp;
import io.arclight.tensor.op.OneHotOp;
import io.arclight.tensor.op.ScatterAddOp;

/** Picking elements by position. */
interface IndexingMethods {
  private Tensor self() {
    return (Tensor) this;
  }

  /** out[i, j] = this[index[i, j], j] and so on along {@code dim}; index int64 of the same rank. */
  default Tensor gather(int dim, Tensor index) {
    return Tensor.apply(new GatherOp(dim), self(), index);
  }

  /** A copy of this with {@code source} added at {@code index} along {@code dim}. */
  default Tensor scatterAdd(int dim, Tensor index, Tensor source) {
    return Tensor.apply(new ScatterAddOp(dim), self(), index, source);
  }

  /** The slices at {@code index} (int64 [k]) along {@code dim}. */
  default Tensor indexSelect(int dim, Tensor index) {
    return Tensor.apply(new IndexSelectOp(dim), self(), index);
  }

  /** int64 [..., classes]: 1 at this element's class. */
  default Tensor oneHot(long classes) {
    return Tensor.apply(new OneHotOp(classes), self());
  }

  /** Views of {@code size} indices each along {@code dim}; the last may be smaller. */
  default Tensor[] split(long size, int dim) {
    if (size <= 0) {
      throw new ShapeException("split: size must be positive, not " + size);
    }
    long n = self().dim(dim);
    Tensor[] out = new Tensor[(int) Math.max(1, (n + size - 1) / size)];
    for (int i = 0; i < out.length; i++) {
      out[i] = self().slice(dim, i * size, Math.min(n, (i + 1) * size), 1);
    }
    return out;
  }
}
