package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.NUMBERS;
import static io.arclight.tensor.op.DTypes.andComplex;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * {@code beta * input + alpha * (a b)} of matrices or of batches of them; the input broadcasts.
 * With beta 0 the input is not read, so that its NaNs do not matter.
 */
public record AddMmOp(Number beta, Number alpha) implements Op {
  public AddMmOp {
    beta = Scalars.normal(beta);
    alpha = Scalars.normal(alpha);
  }

  @Override
  public String name() {
    return "ADDMM";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Spec product = new MatMulOp().infer(in[1], in[2]).get(0);
    if (in[0].dtype() != product.dtype()) {
      throw new DTypeException(
          "addmm: the input is "
              + in[0].dtype()
              + " and the matrices "
              + product.dtype()
              + ": convert one with to(dtype)");
    }
    if (product.dtype().isInteger() && !(whole(beta) && whole(alpha))) {
      throw new DTypeException(
          "addmm: beta " + beta + " and alpha " + alpha + " must be integers for " + in[0].dtype());
    }
    Elementwise.sameDevice("addmm", in[0], in[1]);
    if (!fits(in[0].shape(), product.shape())) {
      throw new ShapeException(
          "addmm: the input of shape "
              + in[0].shape()
              + " does not broadcast to the product's shape "
              + product.shape());
    }
    return List.of(product);
  }

  private static boolean whole(Number n) {
    return n instanceof Long || n instanceof Integer;
  }

  private static boolean fits(Shape input, Shape product) {
    if (input.rank() > product.rank()) {
      return false;
    }
    for (int i = 1; i <= input.rank(); i++) {
      if (input.dim(-i) != 1 && input.dim(-i) != product.dim(-i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    boolean adds = beta.doubleValue() != 0;
    boolean scales = alpha.doubleValue() != 1;
    boolean plain = !scales && (!adds || beta.doubleValue() == 1);
    DType dtype = plain ? Matrix.dtype(spec) : Matrix.wide(spec);
    Tensor out = Tensor.allocate(name(), spec.shape(), dtype, spec.device());
    if (out.elements() == 0) {
      return new Tensor[] {Matrix.finished(out, spec.dtype())};
    }
    Tensor addend = null;
    if (adds) {
      addend = Matrix.converted(in[0].withLayout(in[0].layout()), out.dtype());
      addend =
          beta.doubleValue() == 1 ? addend : Matrices.run(Pointwise.MUL.with(null, beta), addend);
    }
    if (adds && !scales) {
      Pointwise.SECOND.evalInto(out, out, addend);
      Matrix.multiply(in[1], in[2], out, Matrix.Into.ADD);
      return new Tensor[] {Matrix.finished(out, spec.dtype())};
    }
    Matrix.multiply(in[1], in[2], out, Matrix.Into.OVERWRITE);
    if (scales) {
      Pointwise.MUL.with(null, alpha).evalInto(out, out);
    }
    if (adds) {
      Pointwise.ADD.evalInto(out, out, addend);
    }
    return new Tensor[] {Matrix.finished(out, spec.dtype())};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    return new Tensor[] {
      saved.needs(0) ? beta.doubleValue() == 1 ? g : g.mul(beta) : null,
      saved.needs(1) ? times(g, Matrices.adjoint(saved.input(2))) : null,
      saved.needs(2) ? times(Matrices.adjoint(saved.input(1)), g) : null
    };
  }

  private Tensor times(Tensor a, Tensor b) {
    Tensor product = Tensor.apply(new MatMulOp(), a, b);
    return alpha.doubleValue() == 1 ? product : product.mul(alpha);
  }

  @Override
  public boolean savesInput(int i) {
    return i > 0;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    int rank = in[1].rank() - (batched[1] ? 1 : 0);
    if (rank == 3) {
      return Batching.loop(this, size, batched, in);
    }
    Tensor input = in[0];
    if (batched[0]) {
      while (input.rank() < 3) {
        input = input.unsqueeze(1);
      }
    }
    return Tensor.applyAll(
        this, input, each(in[1], batched[1], size), each(in[2], batched[2], size));
  }

  private static Tensor each(Tensor t, boolean batched, long size) {
    return batched ? t : t.unsqueeze(0).expand(size, t.dim(0), t.dim(1));
  }

  static OpInfo info() {
    return new OpInfo(
        "addmm",
        andComplex(NUMBERS),
        in ->
            List.of(
                Sample.of(new AddMmOp(1, 1), in.any(3, 5), in.any(3, 4), in.any(4, 5))
                    .peer("torch.addmm(x0, x1, x2)"),
                Sample.of(new AddMmOp(2, 3), in.any(5), in.transposed(3, 4), in.strided(4, 5))
                    .peer("torch.addmm(x0, x1, x2, beta=2, alpha=3)"),
                Sample.of(new AddMmOp(0, 2), in.any(1, 2), in.any(2, 3), in.any(3, 2))
                    .peer("torch.addmm(x0, x1, x2, beta=0, alpha=2)"),
                Sample.of(new AddMmOp(3, 1), in.any(2, 1), in.any(2, 0), in.any(0, 2))
                    .peer("torch.addmm(x0, x1, x2, beta=3)"),
                Sample.of(new AddMmOp(2, -1), in.any(2, 1, 2), in.any(2, 2, 2), in.any(2, 2, 2))
                    .peer("torch.baddbmm(x0, x1, x2, beta=2, alpha=-1)")),
        in ->
            List.of(
                ErrorSample.of(
                    new AddMmOp(1, 1),
                    DTypeException.class,
                    "addmm: the input is bool",
                    in.mask(3, 5),
                    in.any(3, 4),
                    in.any(4, 5)),
                ErrorSample.of(
                    new AddMmOp(0.5, 1),
                    DTypeException.class,
                    "beta 0.5 and alpha 1 must be integers for int64",
                    in.index(1, 2, 2),
                    in.index(1, 2, 2),
                    in.index(1, 2, 2)),
                ErrorSample.of(
                    new AddMmOp(1, 1),
                    ShapeException.class,
                    "does not broadcast",
                    in.any(4),
                    in.any(3, 4),
                    in.any(4, 5))));
  }
}
