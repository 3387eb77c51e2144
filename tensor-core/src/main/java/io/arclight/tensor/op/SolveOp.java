package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Transposition;
import io.arclight.tensor.cpu.Lapack;
import java.util.List;

/** X of {@code A X = B}, [..., n, n] and [..., n, k], with A's LU factors, pivots, and info. */
public record SolveOp(Check check) implements MatrixOp {

  private static final String PEER =
      "r = torch.linalg.solve_ex(x0, x1); f = torch.linalg.lu_factor_ex(x0.detach());"
          + " (r[0], f[0], f[1], r[1])";

  @Override
  public String name() {
    return "SOLVE";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.requireSquare("solve", a);
    LapackBatch.requirePair("solve", a, in[1]);
    if (in[1].dim(-2) != a.dim(-1)) {
      throw new ShapeException(
          "solve: the matrix of shape "
              + a.shape()
              + " does not fit the right side of shape "
              + in[1].shape()
              + ": expects [..., n, n] and [..., n, k]");
    }
    Shape pivots = Matrices.shape(Matrices.batch(a, 2), a.dim(-1));
    return List.of(
        new Spec(in[1].shape(), a.dtype(), a.device()),
        new Spec(a.shape(), a.dtype(), a.device()),
        new Spec(pivots, DType.INT32, a.device()),
        LapackBatch.info(a));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor pivots = Tensor.allocate(name(), outputs.get(2));
    Tensor info = Tensor.allocate(name(), outputs.get(3));
    Tensor lu = LapackBatch.columns(in[0]);
    Tensor x = LapackBatch.columns(in[1]);
    DType t = x.dtype();
    long n = lu.dim(-1);
    long k = in[1].dim(-1);
    new LapackBatch.Call("solve", check, info, LuOp::failure)
        .run(
            n * n * (n + k),
            (i, at) -> {
              long factors = at[0] + i * n * n * t.bytes();
              long rows = at[1] + i * n * 4;
              int code = Lapack.getrf(t, n, n, factors, rows);
              Lapack.getrs(t, 'N', n, k, factors, rows, at[2] + i * n * k * t.bytes());
              return code;
            },
            lu,
            pivots,
            x);
    return new Tensor[] {LapackBatch.turned(x), LapackBatch.turned(lu), pivots, info};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    // To second order the gradient must depend on A itself, not on its factors.
    Tensor gb =
        RowOps.recording()
            ? Tensor.applyAll(new SolveOp(Check.RAISE), Matrices.adjoint(saved.input(0)), grads[0])[
                0]
            : Tensor.apply(
                new LuSolveOp(Transposition.ADJOINT), saved.output(1), saved.output(2), grads[0]);
    return new Tensor[] {
      saved.needs(0) ? gb.matmul(Matrices.adjoint(saved.output(0))).neg() : null,
      saved.needs(1) ? gb : null
    };
  }

  @Override
  public boolean savesInput(int i) {
    return i == 0;
  }

  @Override
  public boolean savesOutput(int i) {
    return i < 3;
  }

  static OpInfo info() {
    return new OpInfo(
        "solve_ex",
        DTypes.LAPACK,
        in ->
            List.of(
                Sample.of(new SolveOp(Check.RAISE), in.square(2, 3, 3), in.any(2, 3, 2)).peer(PEER),
                Sample.of(new SolveOp(Check.REPORT), in.square(2, 2), in.transposed(2, 3))
                    .peer(PEER),
                Sample.of(new SolveOp(Check.REPORT), in.any(3, 0, 0), in.any(3, 0, 2)).peer(PEER),
                Sample.of(new SolveOp(Check.REPORT), in.exactly(1, 1).mul(0), in.exactly(1, 1))
                    .peer(PEER)
                    .valuesOnly()),
        in ->
            List.of(
                ErrorSample.of(
                    new SolveOp(Check.RAISE),
                    LinAlgException.class,
                    "batch element 1: the matrix is singular",
                    Tensor.stack(0, in.square(2, 2), in.any(2, 2).mul(0)),
                    in.any(2, 2, 1))));
  }
}
