package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Cofactors;
import java.util.List;

/**
 * Matrices of cofactors, the gradient of the determinant: det(A) A^-H where A can be inverted, and
 * defined for singular A too.
 */
public record CofactorOp() implements MatrixOp {

  private static final String REASON = "PyTorch has no cofactors";

  @Override
  public String name() {
    return "COFACTOR";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Matrices.requireSquare("cofactor", in[0]);
    LapackBatch.requireFloat("cofactor", in[0]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    long n = a.dim(-1);
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    new LapackBatch.Call("det", Check.RAISE, info, code -> "its singular values did not converge")
        .run(
            4 * n * n * n,
            (i, at) -> {
              long matrix = at[0] + i * n * n * t.bytes();
              if (!LapackBatch.finite(t, matrix, n * n)) {
                return LapackBatch.NOT_FINITE;
              }
              return n == 0 ? 0 : Cofactors.inPlace(t, n, matrix);
            },
            a);
    return new Tensor[] {LapackBatch.turned(a)};
  }

  /** To second order the matrix must not be singular. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor cofactor = saved.output(0);
    Tensor inverse = Tensor.applyAll(new InvOp(Check.REPORT), saved.input(0))[0];
    Tensor w = Matrices.adjoint(inverse);
    Tensor total = Matrices.conj(grads[0]).mul(cofactor).sum(Dim.of(-2, -1), Dim.Keep.KEEP);
    Tensor turned = w.matmul(Matrices.adjoint(grads[0])).matmul(cofactor);
    return new Tensor[] {total.mul(w).sub(turned)};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  static OpInfo info() {
    return OpInfo.of(
        "cofactor",
        DTypes.LAPACK,
        in ->
            List.of(
                Sample.of(new CofactorOp(), in.any(2, 3, 3)).withoutPeer(REASON),
                Sample.of(new CofactorOp(), in.transposed(2, 2)).withoutPeer(REASON)));
  }
}
