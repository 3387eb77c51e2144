package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Layout;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/** A copy with the order of some dimensions reversed. */
public record FlipOp(Dim dims) implements Op {
  @Override
  public String name() {
    return "FLIP";
  }

  private int[] over(Tensor x) {
    return dims.dims().length == 0 ? new int[0] : dims.resolve(x.shape(), "flip");
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    over(in[0]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    if (out.elements() > 0) {
      Layout l = in[0].layout();
      long[] strides = l.strides().clone();
      long offset = l.offset();
      for (int d : over(in[0])) {
        offset += strides[d] * (l.shape().dim(d) - 1);
        strides[d] = -strides[d];
      }
      Tensor reversed = in[0].withLayout(new Layout(l.shape(), strides, offset));
      Pointwise.SECOND.evalInto(out, out, reversed);
    }
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {Tensor.apply(this, grads[0])};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    int[] next = dims.dims().clone();
    for (int i = 0; i < next.length; i++) {
      next[i] = next[i] < 0 ? next[i] : next[i] + 1;
    }
    return Tensor.applyAll(new FlipOp(Dim.of(next)), in);
  }

  static OpInfo info() {
    return new OpInfo(
        "flip",
        andComplex(ALL),
        in ->
            List.of(
                Sample.of(new FlipOp(Dim.of(0)), in.any(5)).peer("torch.flip(x0, [0])"),
                Sample.of(new FlipOp(Dim.of(1)), in.any(2, 77)).peer("torch.flip(x0, [1])"),
                Sample.of(new FlipOp(Dim.of(0, -1)), in.any(2, 3, 4))
                    .peer("torch.flip(x0, [0, -1])"),
                Sample.of(new FlipOp(Dim.of(1)), in.transposed(3, 4)).peer("torch.flip(x0, [1])"),
                Sample.of(new FlipOp(Dim.of(1)), in.any(2, 0)).peer("torch.flip(x0, [1])"),
                Sample.of(new FlipOp(Dim.of()), in.any(2, 3)).peer("torch.flip(x0, [])")),
        in ->
            List.of(
                ErrorSample.of(
                    new FlipOp(Dim.of(1, -1)),
                    ShapeException.class,
                    "appears twice",
                    in.any(2, 3))));
  }
}
