package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.NUMBERS;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import java.util.List;

/** Matrix product: [n, k] by [k, m], or batches [b, n, k] by [b, k, m]. */
public record MatMulOp() implements Op {

  @Override
  public String name() {
    return "MATMUL";
  }

  /** {@code torch.matmul}: vectors, matrices, and batches that broadcast. */
  public static Tensor matmul(Tensor a, Tensor b) {
    if (a.rank() == 0 || b.rank() == 0) {
      throw new ShapeException(
          "matmul: needs at least one dimension, got " + a.shape() + " and " + b.shape());
    }
    if (a.rank() == 1) {
      Tensor out = matmul(a.unsqueeze(0), b);
      return out.select(b.rank() == 1 ? 0 : -2, 0);
    }
    if (b.rank() == 1) {
      return matmul(a, b.unsqueeze(1)).select(-1, 0);
    }
    if (b.rank() == 2) {
      if (a.rank() == 2) {
        return a.mm(b);
      }
      long[] dims = a.shape().toArray();
      long rows = Matrices.batch(a, 1).elements();
      Tensor flat = a.reshape(Shape.of(rows, a.dim(-1))).mm(b);
      dims[dims.length - 1] = b.dim(1);
      return flat.reshape(Shape.of(dims));
    }
    Shape batch = Shape.broadcast(lead(a), lead(b));
    Tensor out = batches(a, batch).bmm(batches(b, batch));
    long[] dims = java.util.Arrays.copyOf(batch.toArray(), batch.rank() + 2);
    dims[batch.rank()] = a.dim(-2);
    dims[batch.rank() + 1] = b.dim(-1);
    return out.reshape(Shape.of(dims));
  }

  private static Shape lead(Tensor t) {
    return Shape.of(java.util.Arrays.copyOf(t.shape().toArray(), t.rank() - 2));
  }

  private static Tensor batches(Tensor t, Shape batch) {
    long[] dims = java.util.Arrays.copyOf(batch.toArray(), batch.rank() + 2);
    dims[batch.rank()] = t.dim(-2);
    dims[batch.rank() + 1] = t.dim(-1);
    Shape flat = Shape.of(batch.elements(), t.dim(-2), t.dim(-1));
    return t.expand(Shape.of(dims)).reshape(flat);
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Tensor b = in[1];
    boolean ranks = a.rank() == b.rank() && (a.rank() == 2 || a.rank() == 3);
    if (!ranks || a.dim(-1) != b.dim(-2) || a.rank() == 3 && a.dim(0) != b.dim(0)) {
      throw new ShapeException(
          "matmul: shapes "
              + a.shape()
              + " and "
              + b.shape()
              + " do not multiply: the last dimension of the first must equal the second last of"
              + " the second");
    }
    if (a.dtype() != b.dtype() || a.dtype() == DType.BOOL) {
      throw new DTypeException(
          "matmul: dtypes "
              + a.dtype()
              + " and "
              + b.dtype()
              + ": convert both to one dtype of numbers with to(dtype)");
    }
    Elementwise.sameDevice("matmul", a, b);
    long[] dims = a.shape().toArray();
    dims[dims.length - 1] = b.dim(-1);
    return List.of(new Spec(Shape.of(dims), a.dtype(), a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Spec spec = outputs.get(0);
    Tensor out = Tensor.allocate(name(), spec.shape(), Matrix.dtype(spec), spec.device());
    Matrix.multiply(in[0], in[1], out, Matrix.Into.OVERWRITE);
    return new Tensor[] {Matrix.finished(out, spec.dtype())};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor g = grads[0];
    return new Tensor[] {
      saved.needs(0) ? Tensor.apply(this, g, Matrices.adjoint(saved.input(1))) : null,
      saved.needs(1) ? Tensor.apply(this, Matrices.adjoint(saved.input(0)), g) : null
    };
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean reads(int gradient, int input) {
    return gradient != input;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return new Tensor[] {matmul(in[0], in[1])};
  }

  static OpInfo info() {
    return new OpInfo(
        "matmul",
        DTypes.andComplex(NUMBERS),
        in ->
            List.of(
                Sample.of(new MatMulOp(), in.any(3, 4), in.any(4, 5)).peer("torch.matmul(x0, x1)"),
                Sample.of(new MatMulOp(), in.transposed(3, 4), in.strided(4, 5))
                    .peer("torch.matmul(x0, x1)"),
                Sample.of(new MatMulOp(), in.any(2, 3, 4), in.any(2, 4, 5))
                    .peer("torch.matmul(x0, x1)"),
                Sample.of(new MatMulOp(), in.any(1, 4), in.any(4, 1)).peer("torch.matmul(x0, x1)"),
                Sample.of(new MatMulOp(), in.any(0, 4), in.any(4, 2)).peer("torch.matmul(x0, x1)")),
        in ->
            List.of(
                ErrorSample.of(
                    new MatMulOp(),
                    DTypeException.class,
                    "convert both to one dtype of numbers",
                    in.any(2, 3),
                    in.mask(3, 2)),
                ErrorSample.of(
                    new MatMulOp(),
                    ShapeException.class,
                    "do not multiply",
                    in.any(2, 3),
                    in.any(2, 3))));
  }
}
