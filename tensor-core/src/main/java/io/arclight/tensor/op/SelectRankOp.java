package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.RowSelect;
import java.util.List;
import java.util.Locale;

/**
 * One element of each row along a dimension by its rank, and where it is.
 *
 * @param k the rank from 1, for KTHVALUE; else 0
 */
public record SelectRankOp(Kind kind, long k, int dim, Dim.Keep keep) implements Op {

  /** Which rank. */
  public enum Kind {
    KTHVALUE,
    /** The lower median, or NaN if there is any. */
    MEDIAN,
    /** The lower median of what is not NaN. */
    NANMEDIAN,
    /** The most frequent value, the least of several; the place of its last. */
    MODE
  }

  @Override
  public String name() {
    return kind.name();
  }

  private String label() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    int d = RowOps.wrap(x, dim);
    long n = x.rank() == 0 ? 1 : x.dim(d);
    SortKeys.requireLength(label(), n);
    if (kind == Kind.KTHVALUE && (k < 1 || k > n)) {
      throw new ShapeException(
          "kthvalue: k must be from 1 to "
              + n
              + ", the size of dimension "
              + d
              + " of shape "
              + x.shape()
              + ", not "
              + k);
    }
    var shape = Reduction.shape(x.shape(), x.rank() == 0 ? new int[0] : new int[] {d}, keep);
    if (n == 0 && shape.elements() > 0) {
      throw new ShapeException(
          label() + ": dimension " + d + " of shape " + x.shape() + " has no elements");
    }
    return List.of(
        new Spec(shape, x.dtype(), x.device()), new Spec(shape, DType.INT64, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    if (x.elements() == 0) {
      return new Tensor[] {
        Tensor.allocate(name(), outputs.get(0)), Tensor.allocate(name(), outputs.get(1))
      };
    }
    Tensor rows = RowOps.rowsLast(RowOps.atLeastVector(x), RowOps.wrap(x, dim));
    Tensor places =
        switch (kind) {
          case KTHVALUE -> SortKeys.place(rows, RowSelect.Rank.GIVEN, k - 1);
          case MEDIAN -> SortKeys.place(rows, RowSelect.Rank.MEDIAN, 0);
          case NANMEDIAN -> SortKeys.place(rows, RowSelect.Rank.MEDIAN_OF_OTHERS, 0);
          case MODE -> Runs.mode(rows);
        };
    Tensor values = SortKeys.pick(rows, places);
    return new Tensor[] {
      values.reshape(outputs.get(0).shape()), places.reshape(outputs.get(1).shape())
    };
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    var shape = saved.inputShape(0);
    Tensor at = saved.output(1);
    Tensor g = grads[0];
    if (shape.rank() > 0 && keep == Dim.Keep.DROP) {
      int d = shape.wrap(dim);
      at = at.unsqueeze(d);
      g = g.unsqueeze(d);
    }
    return new Tensor[] {RowOps.scattered(g, shape, dim, at)};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return in[0].rank() == 1
        ? Batching.loop(this, size, batched, in)
        : Tensor.applyAll(new SelectRankOp(kind, k, Batching.behind(dim), keep), in);
  }
}
