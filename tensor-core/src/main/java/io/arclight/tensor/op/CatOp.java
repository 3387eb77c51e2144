package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Tensors joined along a dimension; dtypes promote. */
public record CatOp(int dim) implements Op {

  @Override
  public String name() {
    return "CAT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    if (in.length == 0) {
      throw new ShapeException("cat: needs at least one tensor");
    }
    int d = in[0].shape().wrap(dim);
    long total = 0;
    for (int k = 0; k < in.length; k++) {
      Tensor t = in[k];
      boolean fits = t.rank() == in[0].rank();
      for (int i = 0; fits && i < t.rank(); i++) {
        fits = i == d || t.dim(i) == in[0].dim(i);
      }
      if (!fits) {
        throw new ShapeException(
            "cat: tensor "
                + k
                + " of shape "
                + t.shape()
                + " does not fit "
                + in[0].shape()
                + ": all dimensions but "
                + d
                + " must agree");
      }
      Elementwise.sameDevice("cat", in[0], t);
      total += t.dim(d);
    }
    long[] dims = in[0].shape().toArray();
    dims[d] = total;
    DType dtype = Promotion.of(Arrays.asList(in));
    return List.of(new Spec(Shape.of(dims), dtype, in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    int d = out.shape().wrap(dim);
    long at = 0;
    for (Tensor t : in) {
      long n = t.dim(d);
      if (n > 0) {
        Tensor place = out.withLayout(new ViewOp.Slice(d, at, at + n, 1).layout(out.layout()));
        Pointwise.SECOND.evalInto(place, place, t);
      }
      at += n;
    }
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    int d = g.shape().wrap(dim);
    int parts = saved.inputs();
    Tensor[] out = new Tensor[parts];
    long at = 0;
    for (int i = 0; i < parts; i++) {
      long n = saved.inputShape(i).dim(d);
      if (saved.needs(i)) {
        out[i] = g.narrow(d, at, n);
      }
      at += n;
    }
    return out;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor[] all = in.clone();
    for (int i = 0; i < all.length; i++) {
      all[i] = Batching.batched(size, batched[i], in[i]);
    }
    return Tensor.applyAll(new CatOp(Batching.behind(dim)), all);
  }

  static OpInfo info() {
    return new OpInfo(
        "cat",
        andComplex(ALL),
        in ->
            List.of(
                Sample.of(new CatOp(0), in.any(2, 3), in.any(0, 3), in.any(1, 3))
                    .peer("torch.cat([x0, x1, x2], 0)"),
                Sample.of(new CatOp(-1), in.any(2, 3), in.transposed(2, 4))
                    .peer("torch.cat([x0, x1], -1)")),
        in ->
            List.of(
                ErrorSample.composed(
                    x -> Tensor.cat(0),
                    ShapeException.class,
                    "cat: needs at least one tensor",
                    in.any(1)),
                ErrorSample.of(
                    new CatOp(0),
                    ShapeException.class,
                    "does not fit",
                    in.any(2, 3),
                    in.any(2, 4))));
  }
}
