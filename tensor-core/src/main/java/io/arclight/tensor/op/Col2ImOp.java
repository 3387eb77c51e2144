package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * The sums of columns [n, c * kernel, positions] where they lie on images [n, c, sizes]; what
 * {@link Im2ColOp} takes apart, times how often the kernel sees an element.
 *
 * @param sizes and the others: an entry for height and width
 */
public record Col2ImOp(Shape sizes, Shape kernel, Shape stride, Shape padding, Shape dilation)
    implements Op {

  private ImageWindows windows() {
    return new ImageWindows(kernel, stride, padding, dilation);
  }

  @Override
  public String name() {
    return "COL2IM";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    windows().check("fold");
    if (sizes.rank() != 2 || x.rank() != 3 || x.dim(1) % kernel.elements() != 0) {
      throw new ShapeException(
          "fold: expects columns [n, c * %d, positions] of a kernel %s and two output sizes, got %s and %s"
              .formatted(kernel.elements(), kernel, x.shape(), sizes));
    }
    long[] positions = windows().positions("fold", sizes.dim(0), sizes.dim(1));
    if (positions[0] * positions[1] != x.dim(2)) {
      throw new ShapeException(
          "fold: an image of %s has %d x %d positions of the kernel %s, but %s has %d columns"
              .formatted(sizes, positions[0], positions[1], kernel, x.shape(), x.dim(2)));
    }
    Shape shape = Shape.of(x.dim(0), x.dim(1) / kernel.elements(), sizes.dim(0), sizes.dim(1));
    return List.of(new Spec(shape, x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    Shape shape = outputs.get(0).shape();
    Tensor padded = windows().zeros(x, shape.dim(0), shape.dim(1), shape.dim(2), shape.dim(3));
    long[] positions = windows().positions("fold", shape.dim(2), shape.dim(3));
    Shape apart =
        Shape.of(
            shape.dim(0), shape.dim(1), kernel.dim(0), kernel.dim(1), positions[0], positions[1]);
    Tensor dense = x.contiguous();
    Tensor columns = dense.withLayout(dense.layout().reshape(apart));
    for (long i = 0; i < kernel.dim(0); i++) {
      for (long j = 0; j < kernel.dim(1); j++) {
        Tensor place = windows().seen(padded, i, j, positions);
        Tensor part = columns.withLayout(new ViewOp.Select(2, i).layout(columns.layout()));
        part = part.withLayout(new ViewOp.Select(2, j).layout(part.layout()));
        Pointwise.ADD.evalInto(place, place, part);
      }
    }
    if (padding.dim(0) == 0 && padding.dim(1) == 0) {
      return new Tensor[] {padded};
    }
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Pointwise.SECOND.evalInto(out, out, windows().inside(padded));
    return new Tensor[] {out};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    return new Tensor[] {Tensor.apply(new Im2ColOp(kernel, stride, padding, dilation), grads[0])};
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return new Tensor[] {Convolving.unfold(Tensor.apply(this, Convolving.fold(in[0])), size)};
  }

  static OpInfo info() {
    Shape one = Shape.of(1, 1);
    Shape none = Shape.of(0, 0);
    return new OpInfo(
        "col2im",
        andComplex(FLOATS),
        in ->
            List.of(
                Sample.of(
                        new Col2ImOp(Shape.of(4, 5), Shape.of(2, 3), one, none, one),
                        in.exactly(2, 18, 9))
                    .peer("torch.col2im(x0, [4, 5], [2, 3], [1, 1], [0, 0], [1, 1])"),
                Sample.of(
                        new Col2ImOp(Shape.of(3, 4), Shape.of(2, 2), one, none, one),
                        in.exactly(1, 4, 6))
                    .peer("torch.col2im(x0, [3, 4], [2, 2], [1, 1], [0, 0], [1, 1])"),
                Sample.of(
                        new Col2ImOp(
                            Shape.of(4, 5),
                            Shape.of(2, 2),
                            Shape.of(2, 1),
                            Shape.of(1, 0),
                            Shape.of(1, 2)),
                        in.exactly(1, 8, 9))
                    .peer("torch.col2im(x0, [4, 5], [2, 2], [1, 2], [1, 0], [2, 1])")),
        in ->
            List.of(
                ErrorSample.of(
                    new Col2ImOp(Shape.of(4, 5), Shape.of(2, 3), one, none, one),
                    ShapeException.class,
                    "fold: an image of [4, 5] has 3 x 3 positions of the kernel [2, 3], but"
                        + " [2, 18, 8] has 8 columns",
                    in.exactly(2, 18, 8)),
                ErrorSample.of(
                    new Col2ImOp(Shape.of(4, 5), Shape.of(2, 3), one, none, one),
                    ShapeException.class,
                    "fold: expects columns [n, c * 6, positions]",
                    in.exactly(2, 17, 9))));
  }
}
