package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.FLOATS;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * What a kernel sees of images [n, c, height, width], a column for each position: [n, c * kernel,
 * positions].
 *
 * @param kernel and the others: an entry for height and width
 */
public record Im2ColOp(Shape kernel, Shape stride, Shape padding, Shape dilation) implements Op {

  private ImageWindows windows() {
    return new ImageWindows(kernel, stride, padding, dilation);
  }

  @Override
  public String name() {
    return "IM2COL";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    windows().check("unfold");
    if (x.rank() != 4) {
      throw new ShapeException("unfold: expects images [n, c, height, width], got " + x.shape());
    }
    long[] positions = windows().positions("unfold", x.dim(2), x.dim(3));
    Shape shape = Shape.of(x.dim(0), x.dim(1) * kernel.elements(), positions[0] * positions[1]);
    return List.of(new Spec(shape, x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor x = in[0].detach();
    Tensor padded = x;
    if (padding.dim(0) > 0 || padding.dim(1) > 0) {
      padded = windows().zeros(x, x.dim(0), x.dim(1), x.dim(2), x.dim(3));
      Tensor inside = windows().inside(padded);
      Pointwise.SECOND.evalInto(inside, inside, x);
    }
    Tensor seen = windows().seen(padded, windows().positions("unfold", x.dim(2), x.dim(3)));
    Tensor out = Tensor.allocate(name(), seen.shape(), x.dtype(), x.device());
    Pointwise.SECOND.evalInto(out, out, seen);
    return new Tensor[] {out.withLayout(out.layout().reshape(outputs.get(0).shape()))};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Shape sizes = Convolving.sizes(saved.inputShape(0));
    return new Tensor[] {
      Tensor.apply(new Col2ImOp(sizes, kernel, stride, padding, dilation), grads[0])
    };
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return new Tensor[] {Convolving.unfold(Tensor.apply(this, Convolving.fold(in[0])), size)};
  }

  static OpInfo info() {
    Shape one = Shape.of(1, 1);
    Shape none = Shape.of(0, 0);
    return new OpInfo(
        "im2col",
        andComplex(FLOATS),
        in ->
            List.of(
                Sample.of(new Im2ColOp(Shape.of(2, 3), one, none, one), in.exactly(2, 3, 4, 5))
                    .peer("torch.im2col(x0, [2, 3], [1, 1], [0, 0], [1, 1])"),
                Sample.of(new Im2ColOp(Shape.of(2, 2), one, none, one), in.exactly(1, 1, 3, 4))
                    .peer("torch.im2col(x0, [2, 2], [1, 1], [0, 0], [1, 1])"),
                Sample.of(
                        new Im2ColOp(
                            Shape.of(2, 2), Shape.of(2, 1), Shape.of(1, 0), Shape.of(1, 2)),
                        in.exactly(1, 2, 4, 5))
                    .peer("torch.im2col(x0, [2, 2], [1, 2], [1, 0], [2, 1])")),
        in ->
            List.of(
                ErrorSample.of(
                    new Im2ColOp(Shape.of(3, 3), one, none, one),
                    ShapeException.class,
                    "unfold: the kernel reaches over 3 elements, more than the 2 of the padded",
                    in.exactly(1, 1, 2, 5)),
                ErrorSample.of(
                    new Im2ColOp(Shape.of(3, 3), none, none, one),
                    ShapeException.class,
                    "stride [0, 0] and dilation [1, 1] must be positive",
                    in.exactly(1, 1, 4, 5)),
                ErrorSample.of(
                    new Im2ColOp(Shape.of(3, 3), Shape.of(1), none, one),
                    ShapeException.class,
                    "stride [1], padding [0, 0] and dilation [1, 1] must have two numbers each",
                    in.exactly(1, 1, 4, 5)),
                ErrorSample.of(
                    new Im2ColOp(Shape.of(3, 3), one, none, one),
                    ShapeException.class,
                    "expects images [n, c, height, width]",
                    in.exactly(1, 4, 5))));
  }
}
