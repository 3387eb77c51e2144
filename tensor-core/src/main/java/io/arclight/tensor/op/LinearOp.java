package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.NUMBERS;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/** {@code x weight^T + bias} in one product: [n, in], [out, in], [out]. */
public record LinearOp() implements Op {

  @Override
  public String name() {
    return "LINEAR";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor x = in[0];
    Tensor w = in[1];
    Tensor b = in[2];
    if (x.rank() != 2 || w.rank() != 2 || x.dim(1) != w.dim(1)) {
      throw new ShapeException(
          "linear: input "
              + x.shape()
              + " does not fit weight "
              + w.shape()
              + " ([out, in]): the last dimension of the input must be "
              + w.dim(-1));
    }
    if (!b.shape().equals(Shape.of(w.dim(0)))) {
      throw new ShapeException(
          "linear: bias " + b.shape() + " does not fit weight " + w.shape() + " ([out, in])");
    }
    new MatMulOp().infer(x, w.withLayout(w.layout().permute(new int[] {1, 0})));
    Elementwise.sameDevice("linear", x, b);
    return List.of(new Spec(Shape.of(x.dim(0), w.dim(0)), x.dtype(), x.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor out = Tensor.allocate(name(), spec.shape(), Matrix.dtype(spec), spec.device());
    Pointwise.SECOND.evalInto(out, out, in[2]);
    Tensor turned = in[1].withLayout(in[1].layout().permute(new int[] {1, 0}));
    Matrix.multiply(in[0], turned, out, Matrix.Into.ADD);
    return new Tensor[] {Matrix.finished(out, spec.dtype())};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    return new Tensor[] {
      saved.needs(0) ? g.mm(saved.input(1).conj()) : null,
      saved.needs(1) ? g.t().mm(saved.input(0).conj()) : null,
      saved.needs(2) ? g.sum(0) : null
    };
  }

  @Override
  public boolean reads(int gradient, int input) {
    return gradient < 2 && gradient != input;
  }

  @Override
  public boolean savesInput(int i) {
    return i < 2;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (batched[1] || batched[2]) {
      Tensor bias = batched[2] ? in[2].unsqueeze(1) : in[2];
      return new Tensor[] {in[0].matmul(in[1].transpose(-2, -1)).add(bias)};
    }
    Tensor rows = in[0].reshape(size * in[0].dim(1), in[0].dim(2));
    Tensor out = Tensor.apply(this, rows, in[1], in[2]);
    return new Tensor[] {out.reshape(size, in[0].dim(1), out.dim(1))};
  }

  static OpInfo info() {
    return new OpInfo(
        "linear",
        andComplex(NUMBERS),
        in ->
            List.of(
                Sample.of(new LinearOp(), in.any(3, 4), in.any(5, 4), in.any(5))
                    .peer("torch.linear(x0, x1, x2)"),
                Sample.of(new LinearOp(), in.any(2, 2), in.any(3, 2), in.any(3))
                    .peer("torch.linear(x0, x1, x2)"),
                Sample.of(new LinearOp(), in.transposed(3, 4), in.transposed(5, 4), in.any(5))
                    .peer("torch.linear(x0, x1, x2)")),
        in ->
            List.of(
                ErrorSample.of(
                    new LinearOp(),
                    ShapeException.class,
                    "linear: bias [4] does not fit weight [5, 4]",
                    in.any(3, 4),
                    in.any(5, 4),
                    in.any(4)),
                ErrorSample.of(
                    new LinearOp(),
                    ShapeException.class,
                    "does not fit weight",
                    in.any(3, 4),
                    in.any(5, 3),
                    in.any(5))));
  }
}
