package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.cpu.Lapack;
import java.util.ArrayList;
import java.util.List;

/**
 * Eigenvalues (real, rising), and eigenvectors as columns, of symmetric or Hermitian [..., n, n],
 * of which one triangle is read.
 */
public record EighOp(Triangle part, Vectors vectors) implements MatrixOp {

  /** Whether eigenvectors are made. */
  public enum Vectors {
    NONE,
    ALL
  }

  @Override
  public String name() {
    return "EIGH";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.requireSquare("eigh", a);
    LapackBatch.requireFloat("eigh", a);
    Shape values = Matrices.shape(Matrices.batch(a, 2), a.dim(-1));
    Spec first = new Spec(values, Matrices.real(a.dtype()), a.device());
    return vectors == Vectors.NONE
        ? List.of(first)
        : List.of(first, new Spec(a.shape(), a.dtype(), a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor values = Tensor.allocate(name(), outputs.get(0));
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    long n = a.dim(-1);
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    char job = vectors == Vectors.NONE ? 'N' : 'V';
    long real = n * values.dtype().bytes();
    new LapackBatch.Call(
            "eigh",
            Check.RAISE,
            info,
            code ->
                "the algorithm did not converge: the matrix is ill-conditioned or has too many"
                    + " equal eigenvalues")
        .run(
            9 * n * n * n,
            (i, at) -> {
              long matrix = at[0] + i * n * n * t.bytes();
              if (!LapackBatch.finite(t, part, n, matrix)) {
                return LapackBatch.NOT_FINITE;
              }
              return n == 0 ? 0 : Lapack.eigh(t, job, part, n, matrix, at[1] + i * real);
            },
            a,
            values);
    return vectors == Vectors.NONE
        ? new Tensor[] {values}
        : new Tensor[] {values, LapackBatch.turned(a)};
  }

  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    if (vectors == Vectors.NONE) {
      Tensor v = Tensor.applyAll(new EighOp(part, Vectors.ALL), saved.input(0))[1];
      Tensor scaled = v.mul(grads[0].unsqueeze(-2).to(v.dtype()));
      return new Tensor[] {scaled.matmul(Matrices.adjoint(v))};
    }
    Tensor values = saved.output(0);
    Tensor v = saved.output(1);
    Tensor vh = Matrices.adjoint(v);
    Tensor core = null;
    if (grads[1] != null) {
      Tensor eye = Matrices.identity(values, values.dim(-1));
      Tensor gaps = values.unsqueeze(-2).sub(values.unsqueeze(-1)).add(eye);
      Tensor off = eye.rsub(1);
      core = vh.matmul(grads[1]).mul(off).div(gaps);
    }
    if (grads[0] != null) {
      Tensor diagonal = grads[0].diagEmbed().to(v.dtype());
      core = core == null ? diagonal : core.add(diagonal);
    }
    return new Tensor[] {v.matmul(core).matmul(vh)};
  }

  @Override
  public boolean savesInput(int i) {
    return vectors == Vectors.NONE;
  }

  @Override
  public boolean savesOutput(int i) {
    return vectors == Vectors.ALL;
  }

  static OpInfo info() {
    return new OpInfo(
        "eigh",
        DTypes.LAPACK,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Triangle part : Triangle.values()) {
            String half = part == Triangle.LOWER ? "'L'" : "'U'";
            // Made symmetric, since one triangle alone is read.
            out.add(
                Sample.composed(
                        x -> Tensor.apply(new EighOp(part, Vectors.NONE), symmetric(x[0])),
                        in.any(2, 3, 3))
                    .peer("torch.linalg.eigvalsh(x0 + x0.mH, " + half + ")"));
            out.add(
                Sample.composed(
                        x ->
                            Tensor.applyAll(new EighOp(part, Vectors.ALL), symmetric(x[0]))[1]
                                .abs(),
                        in.any(3, 3))
                    .peer("torch.linalg.eigh(x0 + x0.mH, " + half + ")[1].abs()"));
            out.add(
                Sample.composed(
                        x -> {
                          Tensor[] e =
                              Tensor.applyAll(new EighOp(part, Vectors.ALL), symmetric(x[0]));
                          Tensor scaled =
                              e[1].mul(e[0].div(4).exp().unsqueeze(-2).to(e[1].dtype()));
                          return scaled.matmul(Matrices.adjoint(e[1]));
                        },
                        in.any(2, 3, 3))
                    .peer(
                        "e, v = torch.linalg.eigh(x0 + x0.mH, "
                            + half
                            + "); torch.matmul(v * (e / 4).exp().unsqueeze(-2), v.mH)"));
          }
          // Of a matrix that is not symmetric, by the triangle that is read.
          for (Triangle part : Triangle.values()) {
            out.add(
                Sample.of(new EighOp(part, Vectors.NONE), in.any(3, 3))
                    .peer("torch.linalg.eigvalsh(x0, '" + part.name().charAt(0) + "')")
                    .valuesOnly());
          }
          out.add(
              Sample.of(new EighOp(Triangle.LOWER, Vectors.NONE), in.any(2, 0, 0))
                  .peer("torch.linalg.eigvalsh(x0)"));
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    new EighOp(Triangle.LOWER, Vectors.ALL),
                    LinAlgException.class,
                    "not finite",
                    in.any(2, 2).mul(0).log())));
  }

  private static Tensor symmetric(Tensor x) {
    return x.add(Matrices.adjoint(x));
  }
}
