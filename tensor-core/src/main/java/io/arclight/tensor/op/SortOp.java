package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Order;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ValuesIndices;
import java.util.List;

/** The elements in order along a dimension, and where they were; equal ones keep their order. */
public record SortOp(int dim, Order order) implements Op {

  @Override
  public String name() {
    return "SORT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    int d = RowOps.wrap(x, dim);
    SortKeys.requireLength("sort", x.rank() == 0 ? 1 : x.dim(d));
    return List.of(
        new Spec(x.shape(), x.dtype(), x.device()), new Spec(x.shape(), DType.INT64, x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    if (x.elements() == 0) {
      return new Tensor[] {
        Tensor.allocate(name(), outputs.get(0)), Tensor.allocate(name(), outputs.get(1))
      };
    }
    Tensor vector = RowOps.atLeastVector(x);
    int d = RowOps.wrap(x, dim);
    Tensor rows = RowOps.rowsLast(vector, d);
    ValuesIndices sorted = SortKeys.sorted(rows, order);
    return RowOps.restored(x, d, sorted.values(), sorted.indices());
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
        : Tensor.applyAll(new SortOp(RowOps.batched(dim), order), in);
  }
}
