package io.arclight.tensor.op;

import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * A view of a tensor's memory by sizes and strides. Elements may be seen several times; their
 * gradients are then added.
 *
 * @param shape of the view
 * @param strides in elements, not negative
 * @param offset of the first element from the tensor's own first
 * @param from the strides of the tensor, by which its gradient lies in memory
 */
public record AsStridedOp(Shape shape, Shape strides, long offset, Shape from) implements ViewOp {
  @Override
  public String name() {
    return "AS_STRIDED";
  }

  @Override
  public boolean ofMemory() {
    return true;
  }

  @Override
  public Layout layout(Layout at) {
    if (shape.rank() != strides.rank()) {
      throw new ShapeException(
          "asStrided: " + strides.rank() + " strides " + strides + " for the shape " + shape);
    }
    return new Layout(shape, strides.toArray(), at.offset() + offset);
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Layout place = layout(in[0].layout());
    long last = place.offset() + Strides.reach(place);
    long elements = in[0].storage().bytes() / in[0].dtype().bytes();
    if (shape.elements() > 0 && (place.offset() < 0 || last >= elements)) {
      throw new ShapeException(
          "asStrided: shape "
              + shape
              + " with strides "
              + strides
              + " from element "
              + place.offset()
              + " reaches element "
              + last
              + " of a storage of "
              + elements);
    }
    return List.of(new Spec(shape, in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Layout view = new Layout(shape, strides.toArray(), Math.max(0, offset));
    Layout own = new Layout(saved.inputShape(0), from.toArray(), Math.max(0, -offset));
    long size =
        1 + Math.max(view.offset() + Strides.reach(view), own.offset() + Strides.reach(own));
    Tensor g = grads[0];
    Tensor memory = Tensor.zeros(Shape.of(Math.max(0, size)), g.dtype(), g.device());
    memory = Strides.add(memory, view, g);
    if (Strides.overlap(own)) {
      Tensor ones = Tensor.ones(own.shape(), g.dtype().toReal(), g.device());
      Tensor none = Tensor.zeros(memory.shape(), ones.dtype(), g.device());
      memory = memory.div(atLeastOne(Strides.add(none, own, ones)));
    }
    return new Tensor[] {memory.asStrided(own.shape().toArray(), own.strides(), own.offset())};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    long[] own = in[0].strides();
    long[] steps = new long[strides.rank() + 1];
    steps[0] = own[0];
    System.arraycopy(strides.toArray(), 0, steps, 1, strides.rank());
    return Tensor.applyAll(
        of(Batching.lead(size, shape), Shape.of(steps), offset, Shape.of(own)), in);
  }

  private static Tensor atLeastOne(Tensor counts) {
    return Tensor.apply(Pointwise.MAXIMUM.with(null, 1), counts);
  }

  static OpInfo info() {
    return new OpInfo(
        "as_strided",
        DTypes.andComplex(DTypes.ALL),
        in ->
            List.of(
                Sample.of(of(Shape.of(2, 3), Shape.of(1, 2), 1, Shape.of(1)), in.any(8))
                    .withoutPeer("about this very memory; below on copies"),
                sample(in.any(8), new long[] {2, 3}, new long[] {1, 2}, 1),
                sample(in.any(3, 4), new long[] {3, 4}, new long[] {1, 1}, 0),
                sample(in.any(3, 4), new long[] {}, new long[] {}, 5),
                sample(in.any(3), new long[] {0, 2}, new long[] {2, 1}, 0),
                Sample.composed(
                        x ->
                            x[0].copy()
                                .expand(3, 2)
                                .asStrided(new long[] {2, 2}, new long[] {1, 0}),
                        in.any(2))
                    .peer("x0.contiguous().expand([3, 2]).as_strided([2, 2], [1, 0])")),
        in ->
            List.of(
                ErrorSample.of(
                    of(Shape.of(2, 3), Shape.of(1), 0, Shape.of(1)),
                    ShapeException.class,
                    "1 strides [1] for the shape [2, 3]",
                    in.any(8).copy()),
                ErrorSample.of(
                    of(Shape.of(2, 3), Shape.of(4, 2), 0, Shape.of(1)),
                    ShapeException.class,
                    "reaches element 8 of a storage of",
                    in.any(8).copy())));
  }

  /** Of dense memory, in which the places are those that the strides say. */
  private static Sample sample(Tensor x, long[] sizes, long[] strides, long offset) {
    return Sample.composed(in -> in[0].copy().asStrided(sizes, strides, offset), x)
        .peer(
            "torch.as_strided(x0.contiguous(), "
                + Arrays.toString(sizes)
                + ", "
                + Arrays.toString(strides)
                + ", "
                + offset
                + ")");
  }

  private static AsStridedOp of(Shape shape, Shape strides, long offset, Shape from) {
    return new AsStridedOp(shape, strides, offset, from);
  }
}
