package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Lapack;
import io.arclight.tensor.memory.HostMemory;
import java.util.List;

/** Complex eigenvalues, and eigenvectors of length 1 as columns, of any [..., n, n]. */
public record EigOp(EighOp.Vectors vectors) implements MatrixOp {

  @Override
  public String name() {
    return "EIG";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.requireSquare("eig", a);
    LapackBatch.requireFloat("eig", a);
    DType t = a.dtype().toComplex();
    Spec values = new Spec(Matrices.shape(Matrices.batch(a, 2), a.dim(-1)), t, a.device());
    return vectors == EighOp.Vectors.NONE
        ? List.of(values)
        : List.of(values, new Spec(a.shape(), t, a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor values = Tensor.allocate(name(), outputs.get(0));
    boolean wanted = vectors == EighOp.Vectors.ALL;
    Shape batch = Matrices.batch(in[0], 2);
    long n = in[0].dim(-1);
    long columns = wanted ? n : 0;
    Tensor v =
        Tensor.allocate(name(), Matrices.shape(batch, columns, n), values.dtype(), values.device());
    Tensor a = LapackBatch.columns(in[0]);
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    DType t = a.dtype();
    char job = wanted ? 'V' : 'N';
    boolean complex = t.isComplex();
    // Of real matrices LAPACK gives the parts apart.
    Tensor apart =
        Tensor.allocate(
            name(),
            complex ? Shape.of(0) : Matrices.shape(batch, 2 + columns, n),
            t.toReal(),
            a.device());
    int wide = values.dtype().bytes();
    new LapackBatch.Call("eig", Check.RAISE, info, code -> "the algorithm did not converge")
        .run(
            25 * n * n * n,
            (i, at) -> {
              long matrix = at[0] + i * n * n * t.bytes();
              if (!LapackBatch.finite(t, matrix, n * n)) {
                return LapackBatch.NOT_FINITE;
              }
              long value = at[1] + i * n * wide;
              long vector = at[2] + i * n * columns * wide;
              if (n == 0 || complex) {
                return n == 0 ? 0 : Lapack.geev(t, job, n, matrix, value, 0, vector);
              }
              long re = at[3] + i * n * (2 + columns) * t.bytes();
              long im = re + n * t.bytes();
              long parts = im + n * t.bytes();
              int code = Lapack.geev(t, job, n, matrix, re, im, parts);
              join(t, n, re, im, parts, value, vector, columns);
              return code;
            },
            a,
            values,
            v,
            apart);
    return wanted ? new Tensor[] {values, LapackBatch.turned(v)} : new Tensor[] {values};
  }

  /** Pairs of parts, of values and of vectors, whose second of a pair is the first's conjugate. */
  private static void join(
      DType t, long n, long re, long im, long parts, long values, long vectors, long columns) {
    for (long j = 0; j < n; j++) {
      double imaginary = read(t, im, j);
      write(t, values, 2 * j, read(t, re, j));
      write(t, values, 2 * j + 1, imaginary);
      boolean second = imaginary < 0;
      for (long k = 0; j < columns && k < n; k++) {
        long first = (second ? j - 1 : j) * n + k;
        double other = imaginary == 0 ? 0 : read(t, parts, first + n);
        write(t, vectors, 2 * (j * n + k), read(t, parts, first));
        write(t, vectors, 2 * (j * n + k) + 1, second ? -other : other);
      }
    }
  }

  private static double read(DType t, long at, long i) {
    return t.bytes() == 4 ? HostMemory.float32(at + 4 * i) : HostMemory.float64(at + 8 * i);
  }

  private static void write(DType t, long at, long i, double value) {
    if (t.bytes() == 4) {
      HostMemory.putFloat32(at + 4 * i, (float) value);
    } else {
      HostMemory.putFloat64(at + 8 * i, value);
    }
  }

  /** Boeddeker et al. 2019, for vectors of length 1 and what does not depend on their phases. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    boolean none = vectors == EighOp.Vectors.NONE;
    Tensor[] all =
        none
            ? Tensor.applyAll(new EigOp(EighOp.Vectors.ALL), saved.input(0))
            : new Tensor[] {saved.output(0), saved.output(1)};
    Tensor values = all[0];
    Tensor v = all[1];
    Tensor vh = Matrices.adjoint(v);
    Tensor core = null;
    if (!none && grads[1] != null) {
      Tensor slopes = vh.matmul(grads[1]);
      Tensor along = slopes.diagonal(0, -2, -1).real().unsqueeze(-2);
      Tensor across = slopes.sub(vh.matmul(v).mul(along));
      Tensor eye = Matrices.identity(values, values.dim(-1));
      Tensor gaps = values.unsqueeze(-2).sub(values.unsqueeze(-1)).conj().add(eye);
      core = across.mul(eye.rsub(1)).div(gaps);
    }
    if (grads[0] != null) {
      Tensor diagonal = grads[0].diagEmbed();
      core = core == null ? diagonal : core.add(diagonal);
    }
    Tensor g = Linalg.solve(vh, core.matmul(vh));
    return new Tensor[] {saved.inputDType(0).isComplex() ? g : g.real()};
  }

  @Override
  public boolean savesInput(int i) {
    return vectors == EighOp.Vectors.NONE;
  }

  @Override
  public boolean savesOutput(int i) {
    return vectors == EighOp.Vectors.ALL;
  }

  /** With eigenvalues that lie apart. */
  private static Tensor apart(Tensor x) {
    Tensor steps = Tensor.arange(x.dim(-1)).to(x.dtype().toReal()).to(x.device());
    return x.add(steps.mul(6).diagEmbed());
  }

  static OpInfo info() {
    return new OpInfo(
        "eig",
        DTypes.LAPACK,
        in ->
            List.of(
                // In an order of its own, and of vectors in phases of its own.
                Sample.composed(
                        x -> Tensor.apply(new EigOp(EighOp.Vectors.NONE), x).square().sum(-1),
                        in.any(2, 3, 3))
                    .peer("torch.linalg.eigvals(x0).square().sum(-1)"),
                Sample.composed(
                        x -> {
                          Tensor[] e = Tensor.applyAll(new EigOp(EighOp.Vectors.ALL), apart(x[0]));
                          Tensor scaled = e[1].mul(e[0].sin().unsqueeze(-2));
                          return Linalg.solve(e[1], scaled, Side.RIGHT);
                        },
                        in.any(3, 3))
                    .peer(
                        "e, v = torch.linalg.eig(x0 + torch.diag(6. * torch.arange(x0.size(-1)))); torch.linalg.solve(v, v *"
                            + " e.sin().unsqueeze(-2), left=False)"),
                Sample.composed(
                        x -> {
                          Tensor v = Tensor.applyAll(new EigOp(EighOp.Vectors.ALL), apart(x[0]))[1];
                          return v.abs().square().sum(-1);
                        },
                        in.any(2, 2, 2))
                    .peer(
                        "e, v = torch.linalg.eig(x0 + torch.diag(6. * torch.arange(x0.size(-1)))); v.abs().square().sum(-1)"),
                Sample.of(new EigOp(EighOp.Vectors.NONE), in.any(2, 0, 0))
                    .peer("torch.linalg.eigvals(x0)")),
        in ->
            List.of(
                ErrorSample.of(
                    new EigOp(EighOp.Vectors.ALL),
                    LinAlgException.class,
                    "not finite",
                    in.any(2, 2).mul(0).reciprocal())));
  }
}
