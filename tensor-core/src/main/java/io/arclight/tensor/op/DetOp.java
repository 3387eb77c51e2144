package io.arclight.tensor.op;

import io.arclight.tensor.Complex;
import io.arclight.tensor.DType;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Determinant;
import io.arclight.tensor.cpu.Lapack;
import java.util.List;

/** Determinants of [..., n, n]; or their signs and the logarithms of their sizes. */
public record DetOp(Form form) implements MatrixOp {

  /** How a determinant is given. */
  public enum Form {
    VALUE,
    SIGN_AND_LOG
  }

  @Override
  public String name() {
    return form == Form.VALUE ? "DET" : "SLOGDET";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    String op = form == Form.VALUE ? "det" : "slogdet";
    Matrices.requireSquare(op, a);
    LapackBatch.requireFloat(op, a);
    Shape batch = Matrices.batch(a, 2);
    Spec first = new Spec(batch, a.dtype(), a.device());
    return form == Form.VALUE
        ? List.of(first)
        : List.of(first, new Spec(batch, Matrices.real(a.dtype()), a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor[] out = LapackBatch.allocate(name(), outputs);
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    long n = a.dim(-1);
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    Tensor pivots =
        Tensor.allocate(name(), Matrices.shape(info.shape(), n), DType.INT32, a.device());
    boolean value = form == Form.VALUE;
    Tensor second = value ? info : out[1];
    int real = Matrices.real(t).bytes();
    Determinant.Form plain = value ? Determinant.Form.PLAIN : Determinant.Form.LOGARITHM;
    new LapackBatch.Call("det", Check.REPORT, info, Integer::toString)
        .run(
            n * n * n,
            (i, at) -> {
              long lu = at[0] + i * n * n * t.bytes();
              long rows = at[1] + i * n * 4;
              Lapack.getrf(t, n, n, lu, rows);
              Determinant d = Determinant.of(t, lu, rows, n, plain);
              d.writeValue(t, at[2] + i * t.bytes());
              if (!value) {
                d.writeLog(t, at[3] + i * real);
              }
              return 0;
            },
            a,
            pivots,
            out[0],
            second);
    return out;
  }

  /** The adjugate gives the gradient where the matrix is singular too. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = saved.input(0);
    if (form == Form.VALUE) {
      Tensor g = grads[0].unsqueeze(-1).unsqueeze(-1);
      return new Tensor[] {g.mul(Tensor.apply(new CofactorOp(), a))};
    }
    Tensor sum = grads[1] == null ? null : grads[1].to(a.dtype());
    if (grads[0] != null && a.dtype().isComplex()) {
      Tensor turn = Matrices.conj(grads[0]).mul(saved.output(0)).imag().mul(Complex.of(0, -1));
      sum = sum == null ? turn.to(a.dtype()) : sum.add(turn);
    }
    if (sum == null) {
      return new Tensor[] {a.zerosLike()};
    }
    Tensor g = sum.unsqueeze(-1).unsqueeze(-1);
    Tensor inverse = Tensor.applyAll(new InvOp(Check.REPORT), a)[0];
    return new Tensor[] {g.mul(Matrices.adjoint(inverse))};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return form == Form.SIGN_AND_LOG && i == 0;
  }

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "det",
            DTypes.LAPACK,
            in ->
                List.of(
                    Sample.of(new DetOp(Form.VALUE), in.any(2, 3, 3)).peer("torch.linalg.det(x0)"),
                    Sample.of(new DetOp(Form.VALUE), in.transposed(2, 2))
                        .peer("torch.linalg.det(x0)"),
                    Sample.of(new DetOp(Form.VALUE), in.any(2, 0, 0)).peer("torch.linalg.det(x0)")),
            in ->
                List.of(
                    ErrorSample.of(
                        new DetOp(Form.VALUE),
                        ShapeException.class,
                        "det: needs square matrices",
                        in.any(2, 3)))),
        OpInfo.of(
            "slogdet",
            DTypes.LAPACK,
            in ->
                List.of(
                    Sample.of(new DetOp(Form.SIGN_AND_LOG), in.any(2, 3, 3))
                        .peer("torch.linalg.slogdet(x0)"),
                    Sample.composed(
                            x -> {
                              Tensor[] parts = Tensor.applyAll(new DetOp(Form.SIGN_AND_LOG), x);
                              return parts[0].mul(parts[1]);
                            },
                            in.square(2, 2, 2))
                        .peer("s, l = torch.linalg.slogdet(x0); s * l"))));
  }
}
