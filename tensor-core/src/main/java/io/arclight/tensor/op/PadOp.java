package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * A tensor with elements of one value added before and after it along a dimension, laid out as it.
 */
public record PadOp(int dim, long before, long after, Number value) implements Op {
  public PadOp {
    value = Scalars.normal(value);
  }

  @Override
  public String name() {
    return "PAD";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    if (before < 0 || after < 0) {
      throw new ShapeException(
          "pad: sizes must not be negative, got "
              + before
              + " and "
              + after
              + ": use slice to crop");
    }
    long[] dims = in[0].shape().toArray();
    dims[dim] += before + after;
    return List.of(new Spec(Shape.of(dims), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor out = Tensor.allocate(name(), spec);
    out = out.withLayout(in[0].layout().ordered(spec.shape()));
    Pointwise.SECOND.with(null, value).evalInto(out, out);
    ViewOp.Slice middle = new ViewOp.Slice(dim, before, before + in[0].dim(dim), 1);
    Tensor place = out.withLayout(middle.layout(out.layout()));
    Pointwise.SECOND.evalInto(place, place, in[0]);
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {grads[0].narrow(dim, before, saved.inputShape(0).dim(dim))};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Tensor.applyAll(new PadOp(dim + 1, before, after, value), in);
  }

  static OpInfo info() {
    return new OpInfo(
        "pad",
        andComplex(ALL),
        in ->
            List.of(
                Sample.of(new PadOp(1, 2, 1, 3), in.any(2, 3))
                    .peer("torch.constant_pad_nd(x0, [2, 1], 3)")),
        in ->
            List.of(
                ErrorSample.of(
                    new PadOp(1, -1, 0, 0),
                    ShapeException.class,
                    "sizes must not be negative, got -1 and 0: use slice",
                    in.any(2, 3))));
  }
}
