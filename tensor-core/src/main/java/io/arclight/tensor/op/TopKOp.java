package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * The first {@code k} elements in order along a dimension, and where they were; of equal ones those
 * that come first.
 */
public record TopKOp(long k, int dim, Order order) implements Op {

  @Override
  public String name() {
    return "TOPK";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    int d = RowOps.wrap(x, dim);
    long n = x.rank() == 0 ? 1 : x.dim(d);
    SortKeys.requireLength("topk", n);
    if (k < 0 || k > n) {
      throw new ShapeException(
          "topk: k must be from 0 to "
              + n
              + ", the size of dimension "
              + d
              + " of shape "
              + x.shape()
              + ", not "
              + k);
    }
    long[] dims = x.shape().toArray();
    if (dims.length > 0) {
      dims[d] = k;
    }
    Shape shape = x.rank() == 0 && k == 0 ? Shape.of(0) : Shape.of(dims);
    return List.of(
        new Spec(shape, x.dtype(), x.device()), new Spec(shape, DType.INT64, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    if (outputs.get(0).shape().elements() == 0) {
      return new Tensor[] {
        Tensor.allocate(name(), outputs.get(0)), Tensor.allocate(name(), outputs.get(1))
      };
    }
    int d = RowOps.wrap(x, dim);
    Tensor rows = RowOps.rowsLast(RowOps.atLeastVector(x), d);
    Tensor places =
        k > rows.dim(-1) / 3
            ? SortKeys.sorted(rows, order).indices().narrow(-1, 0, k).contiguous()
            : SortKeys.first(rows, order, k);
    return RowOps.restored(x, d, SortKeys.pick(rows, places), places);
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 1;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {RowOps.scattered(grads[0], saved.inputShape(0), dim, saved.output(1))};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return in[0].rank() == 1
        ? Batching.loop(this, size, batched, in)
        : Tensor.applyAll(new TopKOp(k, RowOps.batched(dim), order), in);
  }
}
