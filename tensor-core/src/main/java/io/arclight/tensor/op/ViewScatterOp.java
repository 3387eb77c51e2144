package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.ALL;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/** A copy of a tensor with a view of it replaced; inputs are the tensor and what to put there. */
public record ViewScatterOp(ViewOp of) implements Op {
  @Override
  public String name() {
    return of.name() + "_SCATTER";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    String op = name().toLowerCase(java.util.Locale.ROOT);
    Shape place = of.layout(Layout.contiguous(in[0].shape())).shape();
    if (!in[1].shape().equals(place)) {
      throw new ShapeException(
          op + ": the source must have the view's shape " + place + ", got " + in[1].shape());
    }
    Indexing.requireSameDType(op, in[0], in[1]);
    Elementwise.sameDevice(op, in[0], in[1]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Pointwise.SECOND.evalInto(out, out, in[0]);
    Tensor place = out.withLayout(of.layout(out.layout()));
    Pointwise.SECOND.evalInto(place, place, in[1]);
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    Tensor[] out = new Tensor[2];
    if (saved.needs(0)) {
      Tensor zeros = Tensor.zeros(saved.inputShape(1), g.dtype(), g.device());
      out[0] = Tensor.apply(this, g, zeros);
    }
    if (saved.needs(1)) {
      out[1] = Tensor.apply(of, of.ofMemory() ? g.contiguous() : g);
    }
    return out;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    ViewOp all = of.behind(size);
    return all == null || of instanceof ViewOp.Expand
        ? Batching.loop(this, size, batched, in)
        : Tensor.applyAll(new ViewScatterOp(all), Batching.batched(size, batched, in));
  }

  private static Sample sample(ViewOp view, SampleInputs in, Shape shape, String peer) {
    Shape place = view.layout(Layout.contiguous(shape)).shape();
    return Sample.of(new ViewScatterOp(view), in.any(shape.toArray()), in.any(place.toArray()))
        .peer(peer);
  }

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "select_scatter",
            ALL,
            in ->
                List.of(
                    sample(
                        new ViewOp.Select(1, -1),
                        in,
                        Shape.of(2, 3),
                        "torch.select_scatter(x0, x1, 1, -1)")),
            in ->
                List.of(
                    ErrorSample.of(
                        new ViewScatterOp(new ViewOp.Select(1, 0)),
                        ShapeException.class,
                        "must have the view's shape [2]",
                        in.any(2, 3),
                        in.any(3)))),
        OpInfo.of(
            "slice_scatter",
            ALL,
            in ->
                List.of(
                    sample(
                        new ViewOp.Slice(0, 1, 6, 2),
                        in,
                        Shape.of(7, 2),
                        "torch.slice_scatter(x0, x1, 0, 1, 6, 2)"))),
        OpInfo.of(
            "diagonal_scatter",
            andComplex(ALL),
            in ->
                List.of(
                    sample(
                        new DiagonalOp(1, 0, 1),
                        in,
                        Shape.of(3, 4),
                        "torch.diagonal_scatter(x0, x1, 1)"))));
  }
}
