package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Lapack;
import io.arclight.tensor.memory.HostMemory;
import java.util.ArrayList;
import java.util.List;

/** Inverses of [..., n, n], and info; a singular matrix that is reported gives infinities. */
public record InvOp(Check check) implements MatrixOp {

  @Override
  public String name() {
    return "INV";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Matrices.requireSquare("inv", in[0]);
    LapackBatch.requireFloat("inv", in[0]);
    return List.of(new Spec(in[0].shape(), in[0].dtype(), in[0].device()), LapackBatch.info(in[0]));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor info = Tensor.allocate(name(), outputs.get(1));
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    long n = a.dim(-1);
    Tensor pivots =
        Tensor.allocate(name(), Matrices.shape(info.shape(), n), DType.INT32, a.device());
    new LapackBatch.Call("inv", check, info, LuOp::failure)
        .run(
            2 * n * n * n,
            (i, at) -> {
              long matrix = at[0] + i * n * n * t.bytes();
              long rows = at[1] + i * n * 4;
              int code = Lapack.getrf(t, n, n, matrix, rows);
              if (code == 0) {
                return Lapack.getri(t, n, matrix, rows);
              }
              fillInfinite(t, matrix, n * n);
              return code;
            },
            a,
            pivots);
    return new Tensor[] {LapackBatch.turned(a), info};
  }

  private static void fillInfinite(DType t, long at, long count) {
    int bytes = Matrices.real(t).bytes();
    for (long i = 0; i < count * (t.bytes() / bytes); i++) {
      if (bytes == 4) {
        HostMemory.putFloat32(at + 4 * i, Float.POSITIVE_INFINITY);
      } else {
        HostMemory.putFloat64(at + 8 * i, Double.POSITIVE_INFINITY);
      }
    }
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor y = Matrices.adjoint(saved.output(0));
    return new Tensor[] {y.matmul(grads[0]).matmul(y).neg()};
  }

  @Override
  public boolean savesOutput(int i) {
    return i == 0;
  }

  private static Sample sample(Check check, Tensor x) {
    return Sample.of(new InvOp(check), x).peer("torch.linalg.inv_ex(x0)");
  }

  static OpInfo info() {
    return new OpInfo(
        "inv_ex",
        DTypes.LAPACK,
        in -> {
          List<Sample> out =
              new ArrayList<>(
                  List.of(
                      sample(Check.RAISE, in.square(2, 3, 3)),
                      sample(Check.REPORT, in.square(2, 2).t()),
                      sample(Check.REPORT, in.any(2, 0, 0))));
          if (!in.dtype().isComplex()) { // of which PyTorch's infinities are NaN
            out.add(sample(Check.REPORT, in.exactly(1, 1).mul(0)).valuesOnly());
          }
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    new InvOp(Check.RAISE),
                    LinAlgException.class,
                    "inv: the matrix is singular",
                    in.any(2, 2).mul(0))));
  }
}
