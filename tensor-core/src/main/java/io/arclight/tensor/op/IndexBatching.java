package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.Arrays;

/**
 * The batching rules of indexing: the batch axis becomes one more dimension, indexed too where the
 * indices are batched.
 */
final class IndexBatching {
  private IndexBatching() {}

  static Tensor[] index(IndexOp op, long size, boolean[] batched, Tensor... in) {
    int[] dims = op.dims().resolve(sliceShape(in[0], batched[0]), "index");
    Tensor[] index = Arrays.copyOfRange(in, 1, in.length);
    boolean[] flags = Arrays.copyOfRange(batched, 1, batched.length);
    int at = IndexPlan.position(dims);
    if (!any(flags)) {
      Tensor out = apply(op.bounds(), shifted(dims), in[0], index);
      return new Tensor[] {IndexPlan.adjacent(dims) ? out : move(out, picksRank(flags, index), 0)};
    }
    Tensor[] aligned = Elementwise.align(flags, index);
    if (!batched[0]) {
      return new Tensor[] {move(apply(op.bounds(), dims, in[0], aligned), at, 0)};
    }
    int[] all = withBatch(dims);
    Tensor out = apply(op.bounds(), all, in[0], withRows(size, aligned));
    int picks = picksRank(flags, index);
    for (int d = 0; d < at; d++) {
      // [size, picks, before, after] becomes [size, before, picks, after].
      out = move(out, picks + 1 + d, 1 + d);
    }
    return new Tensor[] {out};
  }

  static Tensor[] indexPut(IndexPutOp op, long size, boolean[] batched, Tensor... in) {
    Tensor x = Batching.batched(size, batched[0], in[0]);
    Tensor values = Batching.batched(size, batched[1], in[1]);
    int[] dims = op.dims().resolve(sliceShape(x, true), "indexPut");
    Tensor[] index = Arrays.copyOfRange(in, 2, in.length);
    boolean[] flags = Arrays.copyOfRange(batched, 2, batched.length);
    int at = IndexPlan.position(dims);
    int picks = picksRank(flags, index);
    // Values that broadcast lack dimensions between the batch axis and their own.
    values = Elementwise.raise(values, x.rank() - 1 - dims.length + picks);
    if (!any(flags)) {
      values = IndexPlan.adjacent(dims) ? values : move(values, 0, picks);
      return put(op, shifted(dims), x, values, index);
    }
    for (int d = 0; d < at; d++) {
      values = move(values, 1, picks + at);
    }
    return put(op, withBatch(dims), x, values, withRows(size, Elementwise.align(flags, index)));
  }

  private static Shape sliceShape(Tensor x, boolean batched) {
    long[] dims = x.shape().toArray();
    return batched ? Shape.of(Arrays.copyOfRange(dims, 1, dims.length)) : x.shape();
  }

  private static boolean any(boolean[] flags) {
    for (boolean f : flags) {
      if (f) {
        return true;
      }
    }
    return false;
  }

  /** Dimensions of the indices' common shape without the batch axis. */
  private static int picksRank(boolean[] batched, Tensor... index) {
    int rank = 0;
    for (int k = 0; k < index.length; k++) {
      rank = Math.max(rank, index[k].rank() - (batched[k] ? 1 : 0));
    }
    return rank;
  }

  private static int[] shifted(int[] dims) {
    return Arrays.stream(dims).map(d -> d + 1).toArray();
  }

  private static int[] withBatch(int[] dims) {
    int[] out = new int[dims.length + 1];
    System.arraycopy(shifted(dims), 0, out, 1, dims.length);
    return out;
  }

  /** Before batched indices those of the batch axis itself. */
  private static Tensor[] withRows(long size, Tensor[] aligned) {
    int rank = 1;
    for (Tensor t : aligned) {
      rank = Math.max(rank, t.rank());
    }
    long[] dims = new long[rank];
    Arrays.fill(dims, 1);
    dims[0] = size;
    Tensor[] out = new Tensor[aligned.length + 1];
    out[0] = Tensor.arange(0, size, 1, DType.INT64, aligned[0].device()).reshape(dims);
    System.arraycopy(aligned, 0, out, 1, aligned.length);
    return out;
  }

  private static Tensor move(Tensor t, int from, int to) {
    return from == to ? t : t.movedim(from, to);
  }

  private static Tensor apply(Bounds bounds, int[] dims, Tensor x, Tensor[] index) {
    Tensor[] in = new Tensor[index.length + 1];
    in[0] = x;
    System.arraycopy(index, 0, in, 1, index.length);
    return Tensor.apply(new IndexOp(Dim.of(dims), bounds), in);
  }

  private static Tensor[] put(IndexPutOp op, int[] dims, Tensor x, Tensor v, Tensor[] index) {
    Tensor[] in = new Tensor[index.length + 2];
    in[0] = x;
    in[1] = v;
    System.arraycopy(index, 0, in, 2, index.length);
    return Tensor.applyAll(new IndexPutOp(Dim.of(dims), op.bounds(), op.combine()), in);
  }
}
