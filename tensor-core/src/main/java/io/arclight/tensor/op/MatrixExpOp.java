package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.MatrixExponential;
import java.util.List;

/** The matrix exponential of [..., n, n]. */
public record MatrixExpOp() implements MatrixOp {

  @Override
  public String name() {
    return "MATRIX_EXP";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Matrices.requireSquare("matrixExp", in[0]);
    LapackBatch.requireFloat("matrixExp", in[0]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    // The transpose of an exponential is that of the transpose: the order in memory is all one.
    Tensor x = LapackBatch.dense(in[0]);
    DType t = x.dtype();
    long n = x.dim(-1);
    Tensor info = Tensor.allocate(name(), LapackBatch.info(x));
    new LapackBatch.Call("matrixExp", Check.REPORT, info, Integer::toString)
        .run(
            20 * n * n * n,
            (i, at) -> {
              MatrixExponential.inPlace(t, n, at[0] + i * n * n * t.bytes());
              return 0;
            },
            x);
    return new Tensor[] {x};
  }

  /** The upper right block of exp([[A^H, G], [0, A^H]]). */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor ah = Matrices.adjoint(saved.input(0));
    long n = ah.dim(-1);
    Tensor above = Tensor.cat(-1, ah, grads[0]);
    Tensor below = Tensor.cat(-1, ah.zerosLike(), ah);
    Tensor all = Tensor.apply(this, Tensor.cat(-2, above, below));
    return new Tensor[] {all.narrow(-2, 0, n).narrow(-1, n, n)};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  static OpInfo info() {
    return new OpInfo(
        "matrix_exp",
        DTypes.LAPACK,
        in ->
            List.of(
                Sample.of(new MatrixExpOp(), in.any(2, 3, 3)).peer("torch.linalg.matrix_exp(x0)"),
                Sample.of(new MatrixExpOp(), in.transposed(2, 2).mul(0.01))
                    .peer("torch.linalg.matrix_exp(x0)"),
                Sample.of(new MatrixExpOp(), in.any(2, 2).div(4))
                    .peer("torch.linalg.matrix_exp(x0)"),
                Sample.of(new MatrixExpOp(), in.any(0, 0)).peer("torch.linalg.matrix_exp(x0)")),
        in ->
            List.of(
                ErrorSample.of(new MatrixExpOp(), ShapeException.class, "square", in.any(2, 3))));
  }
}
