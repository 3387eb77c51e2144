package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.cpu.Lapack;
import java.util.List;
import java.util.Set;

/**
 * The Cholesky factor of symmetric positive-definite matrices [..., n, n], of which one triangle is
 * read, and info: 0 or the order of the leading minor that is not positive-definite.
 */
public record CholeskyOp(Triangle part, Check check) implements MatrixOp {

  @Override
  public String name() {
    return "CHOLESKY";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Matrices.requireSquare("cholesky", in[0]);
    LapackBatch.requireFloat("cholesky", in[0]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()), LapackBatch.info(in[0]));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor info = Tensor.allocate(name(), outputs.get(1));
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    long n = a.dim(-1);
    long bytes = n * n * t.bytes();
    new LapackBatch.Call(
            "cholesky",
            check,
            info,
            code ->
                "the matrix is not positive-definite: its leading minor of order "
                    + code
                    + " is not positive; add to the diagonal, or use eigh")
        .run(n * n * n / 3, (i, at) -> Lapack.potrf(t, part, n, at[0] + i * bytes), a);
    return new Tensor[] {Matrices.run(new TriOp(part, 0), LapackBatch.turned(a)), info};
  }

  /** Murray 2016: L^-H phi(L^H gL) L^-1 made symmetric, phi halving the diagonal. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    boolean lower = part == Triangle.LOWER;
    Tensor l = lower ? saved.output(0) : Matrices.adjoint(saved.output(0));
    Tensor g = lower ? grads[0] : Matrices.adjoint(grads[0]);
    Tensor phi = Matrices.adjoint(l).matmul(g).tril();
    Tensor sum = phi.add(Matrices.adjoint(phi.tril(-1))).mul(0.5);
    Tensor lh = Matrices.adjoint(l);
    SolveTriangularOp left = SolveTriangularOp.of(Triangle.UPPER, Side.LEFT);
    SolveTriangularOp right = SolveTriangularOp.of(Triangle.LOWER, Side.RIGHT);
    return new Tensor[] {Tensor.apply(right, l, Tensor.apply(left, lh, sum))};
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 0;
  }

  static OpInfo info() {
    return new OpInfo(
        "cholesky_ex",
        // One triangle is read, so that differences by element are not its gradient.
        Set.of(DType.FLOAT32),
        in -> {
          Tensor x = in.any(2, 3, 3);
          Tensor a = x.matmul(x.transpose(1, 2)).add(Matrices.identity(x, 3));
          return List.of(
              Sample.of(new CholeskyOp(Triangle.LOWER, Check.RAISE), a)
                  .peer("torch.linalg.cholesky_ex(x0)"),
              Sample.of(new CholeskyOp(Triangle.UPPER, Check.REPORT), a.select(0, 1))
                  .peer("torch.linalg.cholesky_ex(x0, upper=True)"),
              Sample.of(new CholeskyOp(Triangle.LOWER, Check.RAISE), in.any(2, 0, 0))
                  .peer("torch.linalg.cholesky_ex(x0)"),
              Sample.of(new CholeskyOp(Triangle.LOWER, Check.REPORT), Matrices.identity(x, 2).neg())
                  .peer("torch.linalg.cholesky_ex(x0)")
                  .valuesOnly());
        },
        in ->
            List.of(
                ErrorSample.of(
                    new CholeskyOp(Triangle.LOWER, Check.RAISE),
                    LinAlgException.class,
                    "batch element 1: the matrix is not positive-definite",
                    Tensor.stack(0, Matrices.identity(in.any(), 2), in.any(2, 2).abs().neg())),
                ErrorSample.of(
                    new CholeskyOp(Triangle.LOWER, Check.RAISE),
                    ShapeException.class,
                    "square",
                    in.any(2, 3))));
  }
}
