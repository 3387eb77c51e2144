package io.arclight.tensor.op;

import static io.arclight.tensor.op.DTypes.LAPACK;

import io.arclight.tensor.DType;
import io.arclight.tensor.Diagonal;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.cpu.Lapack;
import java.util.List;

/**
 * LU factors with row swaps of [..., m, n] in one matrix, int32 pivots (the row that each was
 * swapped with, from 1), and info: 0 or the first zero on U's diagonal, from 1.
 */
public record LuOp(Check check) implements MatrixOp {

  @Override
  public String name() {
    return "LU";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.require("luFactor", a);
    LapackBatch.requireFloat("luFactor", a);
    Shape pivots = Matrices.shape(Matrices.batch(a, 2), Math.min(a.dim(-1), a.dim(-2)));
    return List.of(
        new Spec(a.shape(), a.dtype(), a.device()),
        new Spec(pivots, DType.INT32, a.device()),
        LapackBatch.info(a));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor pivots = Tensor.allocate(name(), outputs.get(1));
    Tensor info = Tensor.allocate(name(), outputs.get(2));
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    long m = in[0].dim(-2);
    long n = in[0].dim(-1);
    long bytes = m * n * t.bytes();
    long ints = 4 * Math.min(m, n);
    new LapackBatch.Call("luFactor", check, info, LuOp::failure)
        .run(
            m * n * Math.min(m, n),
            (i, at) -> Lapack.getrf(t, m, n, at[0] + i * bytes, at[1] + i * ints),
            a,
            pivots);
    return new Tensor[] {LapackBatch.turned(a), pivots, info};
  }

  static String failure(int code) {
    return "the matrix is singular: U("
        + code
        + ", "
        + code
        + ") is zero, so that U cannot be inverted; pinv or lstsq take such matrices";
  }

  /**
   * With A = P L U, from dL = L tril(X, -1) and dU = triu(X) U for X = L^-1 P^T dA U^-1; where A is
   * not square, its other columns or rows are a function of dL or dU too.
   */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor lu = saved.output(0);
    Tensor g = grads[0];
    long m = lu.dim(-2);
    long n = lu.dim(-1);
    long k = Math.min(m, n);
    Tensor p = Tensor.apply(new PivotsOp(m, lu.dtype()), saved.output(1));
    Tensor l = lu.narrow(-1, 0, k);
    Tensor u = lu.narrow(-2, 0, k);
    Tensor l1 = l.narrow(-2, 0, k).tril(-1).add(Matrices.identity(lu, k));
    Tensor u1 = u.narrow(-1, 0, k).triu();
    Tensor gl1 = g.narrow(-1, 0, k).narrow(-2, 0, k).tril(-1);
    Tensor gu1 = g.narrow(-1, 0, k).narrow(-2, 0, k).triu();
    Tensor below = Matrices.adjoint(l1).matmul(gl1);
    Tensor above = gu1.matmul(Matrices.adjoint(u1));
    if (n > m) {
      Tensor u2 = u.narrow(-1, k, n - k);
      Tensor gu2 = g.narrow(-1, k, n - k);
      below = below.sub(gu2.matmul(Matrices.adjoint(u2)));
    } else if (m > n) {
      Tensor l2 = l.narrow(-2, k, m - k);
      Tensor gl2 = g.narrow(-2, k, m - k);
      above = above.sub(Matrices.adjoint(l2).matmul(gl2));
    }
    Tensor phi = below.tril(-1).add(above.triu());
    Tensor l1h = Matrices.adjoint(l1);
    Tensor u1h = Matrices.adjoint(u1);
    Side left = Side.LEFT;
    SolveTriangularOp byL = new SolveTriangularOp(Triangle.UPPER, left, Diagonal.ONES);
    SolveTriangularOp byU = SolveTriangularOp.of(Triangle.LOWER, Side.RIGHT);
    Tensor ga = Tensor.apply(byU, u1h, Tensor.apply(byL, l1h, phi));
    if (n > m) {
      ga = Tensor.cat(-1, ga, Tensor.apply(byL, l1h, g.narrow(-1, k, n - k)));
    } else if (m > n) {
      ga = Tensor.cat(-2, ga, Tensor.apply(byU, u1h, g.narrow(-2, k, m - k)));
    }
    return new Tensor[] {p.matmul(ga)};
  }

  @Override
  public boolean savesOutput(int i) {
    return i < 2;
  }

  static OpInfo info() {
    return new OpInfo(
        "lu_factor",
        LAPACK,
        in ->
            List.of(
                Sample.of(new LuOp(Check.RAISE), in.square(2, 3, 3))
                    .peer("torch.linalg.lu_factor_ex(x0)"),
                Sample.of(new LuOp(Check.RAISE), in.any(2, 4))
                    .peer("torch.linalg.lu_factor_ex(x0)"),
                Sample.of(new LuOp(Check.REPORT), in.transposed(4, 2))
                    .peer("torch.linalg.lu_factor_ex(x0)"),
                Sample.of(new LuOp(Check.REPORT), in.any(2, 0, 3))
                    .peer("torch.linalg.lu_factor_ex(x0)"),
                Sample.of(new LuOp(Check.REPORT), in.exactly(2, 2).mul(0))
                    .peer("torch.linalg.lu_factor_ex(x0)")
                    .valuesOnly()),
        in ->
            List.of(
                ErrorSample.of(
                    new LuOp(Check.RAISE),
                    LinAlgException.class,
                    "luFactor: the matrix is singular: U(2, 2) is zero",
                    in.positive(3, 1).pad(1, 0, 2, 0))));
  }
}
