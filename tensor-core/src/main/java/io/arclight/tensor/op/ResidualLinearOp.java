package io.arclight.tensor.op;

import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * {@code residual + x weight + bias} in one product: [n, out], [n, in], [in, out], [out]; what is
 * between the parts is never in memory.
 */
public record ResidualLinearOp() implements Op {

  @Override
  public String name() {
    return "RESIDUAL_LINEAR";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Spec product = new MatMulOp().infer(in[1], in[2]).get(0);
    Shape row = Shape.of(product.shape().dim(-1));
    if (in[1].rank() != 2 || !in[0].shape().equals(product.shape()) || !in[3].shape().equals(row)) {
      throw new ShapeException(
          "residualLinear: residual "
              + in[0].shape()
              + " and bias "
              + in[3].shape()
              + " do not fit the product "
              + product.shape()
              + " of matrices");
    }
    if (in[0].dtype() != product.dtype() || in[3].dtype() != product.dtype()) {
      throw new DTypeException(
          "residualLinear: residual "
              + in[0].dtype()
              + " and bias "
              + in[3].dtype()
              + " must have the product's dtype "
              + product.dtype()
              + ": convert with to(dtype)");
    }
    Elementwise.sameDevice("residualLinear", in[0], in[1]);
    Elementwise.sameDevice("residualLinear", in[1], in[3]);
    return List.of(product);
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor out = Tensor.allocate(name(), spec.shape(), Matrix.dtype(spec), spec.device());
    Pointwise.ADD.evalInto(
        out, Matrix.converted(in[0], out.dtype()), Matrix.converted(in[3], out.dtype()));
    Matrix.multiply(in[1], in[2], out, Matrix.Into.ADD);
    return new Tensor[] {Matrix.converted(out, spec.dtype())};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    return new Tensor[] {
      saved.needs(0) ? g : null,
      saved.needs(1) ? g.mm(saved.input(2).t()) : null,
      saved.needs(2) ? saved.input(1).t().mm(g) : null,
      saved.needs(3) ? g.sum(0) : null
    };
  }

  @Override
  public boolean savesInput(int i) {
    return i == 1 || i == 2;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return gradient == 1 && input == 2 || gradient == 2 && input == 1;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    Tensor bias = batched[3] ? in[3].unsqueeze(1) : in[3];
    return new Tensor[] {in[1].matmul(in[2]).add(in[0]).add(bias)};
  }

  static OpInfo info() {
    String peer = "torch.add(torch.addmm(x3, x1, x2), x0)";
    ResidualLinearOp op = new ResidualLinearOp();
    return new OpInfo(
        "residual_linear",
        DTypes.FLOATS,
        in ->
            List.of(
                Sample.of(op, in.any(3, 5), in.any(3, 4), in.any(4, 5), in.any(5)).peer(peer),
                Sample.of(op, in.strided(2, 3), in.transposed(2, 2), in.any(2, 3), in.any(3))
                    .peer(peer)),
        in ->
            List.of(
                ErrorSample.of(
                    op,
                    ShapeException.class,
                    "residual [5] and bias [5] do not fit the product [3, 5]",
                    in.any(5),
                    in.any(3, 4),
                    in.any(4, 5),
                    in.any(5)),
                ErrorSample.of(
                    op,
                    DTypeException.class,
                    "must have the product's dtype",
                    in.other().any(3, 5),
                    in.any(3, 4),
                    in.any(4, 5),
                    in.any(5))));
  }
}
