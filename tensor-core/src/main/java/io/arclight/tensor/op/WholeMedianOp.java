package io.arclight.tensor.op;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * The median of all elements, whose gradient goes in equal shares to those that equal it; of none
 * it is NaN.
 *
 * @param kind MEDIAN or NANMEDIAN
 */
public record WholeMedianOp(SelectRankOp.Kind kind) implements Op {

  @Override
  public String name() {
    return kind.name();
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    return List.of(new Spec(Shape.SCALAR, in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    if (x.elements() == 0) {
      Number none = x.dtype().isFloatingPoint() ? Double.NaN : Long.MIN_VALUE;
      return new Tensor[] {Tensor.full(Shape.SCALAR, none, x.dtype(), x.device())};
    }
    SelectRankOp op = new SelectRankOp(kind, 0, 0, Dim.Keep.DROP);
    Tensor flat = x.contiguous().reshape(x.elements());
    return new Tensor[] {op.eval(op.infer(flat), flat)[0]};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor x = saved.input(0);
    Tensor y = saved.output(0);
    Tensor among = x.eq(y).logicalOr(x.isnan().logicalAnd(y.isnan())).to(x.dtype());
    return new Tensor[] {among.mul(grads[0].div(among.sum()))};
  }
}
