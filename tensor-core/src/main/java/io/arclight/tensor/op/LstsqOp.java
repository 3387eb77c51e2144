package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Lstsq;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Lapack;
import io.arclight.tensor.memory.HostMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * X of least {@code |A X - B|} for [..., m, n] and [..., m, k], the int64 rank of A, and its
 * singular values; of the last two drivers leave undefined what they do not find.
 *
 * @param relative singular values (or pivots) up to this times the largest count as zero
 */
public record LstsqOp(Lstsq.Driver driver, double relative) implements MatrixOp {

  @Override
  public String name() {
    return "LSTSQ";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.require("lstsq", a);
    LapackBatch.requirePair("lstsq", a, in[1]);
    if (in[1].dim(-2) != a.dim(-2)) {
      throw new ShapeException(
          "lstsq: the matrix of shape "
              + a.shape()
              + " and the right side of shape "
              + in[1].shape()
              + " must have the same number of rows");
    }
    Shape batch = Matrices.batch(a, 2);
    long least = Math.min(a.dim(-1), a.dim(-2));
    return List.of(
        new Spec(Matrices.shape(batch, a.dim(-1), in[1].dim(-1)), a.dtype(), a.device()),
        new Spec(batch, DType.INT64, a.device()),
        new Spec(Matrices.shape(batch, least), Matrices.real(a.dtype()), a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    long m = in[0].dim(-2);
    long n = in[0].dim(-1);
    long k = in[1].dim(-1);
    long most = Math.max(m, n);
    Shape batch = Matrices.batch(in[0], 2);
    Tensor a = LapackBatch.columns(in[0]);
    Tensor b = LapackBatch.columns(in[1]);
    DType t = a.dtype();
    Tensor x = Tensor.allocate(name(), Matrices.shape(batch, k, most), t, a.device());
    Tensor rank = Tensor.allocate(name(), outputs.get(1));
    Tensor values = Tensor.allocate(name(), outputs.get(2));
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    long real = values.dim(-1) * values.dtype().bytes();
    new LapackBatch.Call("lstsq", Check.RAISE, info, this::failure)
        .run(
            m * n * most,
            (i, at) -> {
              long matrix = at[0] + i * m * n * t.bytes();
              long side = at[1] + i * m * k * t.bytes();
              long target = at[2] + i * most * k * t.bytes();
              boolean finite =
                  LapackBatch.finite(t, matrix, m * n) && LapackBatch.finite(t, side, m * k);
              if (!finite) {
                return LapackBatch.NOT_FINITE;
              }
              HostMemory.fill(target, most * k * t.bytes(), (byte) 0);
              for (long j = 0; j < k; j++) {
                HostMemory.copy(
                    side + j * m * t.bytes(), target + j * most * t.bytes(), m * t.bytes());
              }
              HostMemory.putInt64(at[3] + 8 * i, 0);
              if (m == 0 || n == 0 || k == 0) {
                return 0;
              }
              if (driver == Lstsq.Driver.GELS) {
                return Lapack.gels(t, m, n, k, matrix, target);
              }
              String routine = driver.name().toLowerCase(Locale.ROOT);
              long singular = at[4] + i * real;
              return Lapack.gelsx(
                  t, routine, m, n, k, matrix, target, relative, at[3] + 8 * i, singular);
            },
            a,
            b,
            x,
            rank,
            values);
    Tensor answer = LapackBatch.turned(x);
    answer =
        answer.withLayout(new ViewOp.Slice(answer.rank() - 2, 0, n, 1).layout(answer.layout()));
    return new Tensor[] {answer, rank, values};
  }

  private String failure(int code) {
    return driver == Lstsq.Driver.GELS
        ? "the matrix has not full rank: element "
            + code
            + " of the diagonal of its triangular factor is zero; take driver GELSD"
        : "the algorithm did not converge";
  }

  /** By X = A^+ B. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = saved.input(0);
    Tensor p = Tensor.apply(new PinvOp(0, relative), a);
    Tensor ph = Matrices.adjoint(p);
    Tensor gb = ph.matmul(grads[0]);
    if (!saved.needs(0)) {
      return new Tensor[] {null, gb};
    }
    Tensor b = saved.input(1);
    Tensor x = p.matmul(b);
    Tensor xh = Matrices.adjoint(x);
    Tensor rest = b.sub(a.matmul(x));
    // As PinvOp's gradient, for g B^H in the place of its own.
    Tensor first = gb.matmul(xh).neg();
    Tensor left = rest.matmul(Matrices.adjoint(grads[0])).matmul(p).matmul(ph);
    Tensor beside = grads[0].sub(p.matmul(a.matmul(grads[0])));
    Tensor right = ph.matmul(x).matmul(Matrices.adjoint(beside));
    return new Tensor[] {first.add(left).add(right), gb};
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  private static String peer(Lstsq.Driver driver, double relative) {
    return "r = torch.linalg.lstsq(x0, x1, %s, driver='%s'); (r[0], r[2], r[3])"
        .formatted(relative, driver.name().toLowerCase(Locale.ROOT));
  }

  private static Sample sample(Lstsq.Driver driver, double relative, Tensor a, Tensor b) {
    return Sample.of(new LstsqOp(driver, relative), a, b).peer(peer(driver, relative));
  }

  /** [3, 2]. */
  private static Tensor diagonal(SampleInputs in) {
    return Tensor.of(2.0, 0, 0, 0.6, 0, 0).reshape(3, 2).to(in.dtype()).to(in.device());
  }

  static OpInfo info() {
    return new OpInfo(
        "lstsq",
        DTypes.LAPACK,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Lstsq.Driver driver : List.of(Lstsq.Driver.GELS, Lstsq.Driver.GELSY)) {
            // Of the outputs the one that both define.
            String peer = peer(driver, 1e-6).replace("(r[0], r[2], r[3])", "r[0]");
            Sample.Composed solve = x -> Tensor.applyAll(new LstsqOp(driver, 1e-6), x)[0];
            out.add(Sample.composed(solve, in.any(2, 4, 2), in.any(2, 4, 1)).peer(peer));
            out.add(Sample.composed(solve, in.any(2, 3), in.transposed(2, 2)).peer(peer));
          }
          for (Lstsq.Driver driver : List.of(Lstsq.Driver.GELSD, Lstsq.Driver.GELSS)) {
            out.add(sample(driver, 1e-6, in.any(2, 4, 2), in.any(2, 4, 1)));
            out.add(sample(driver, 1e-6, in.any(2, 3), in.transposed(2, 2)));
            // Singular values 2 and 0.6: both count.
            out.add(sample(driver, 0.25, diagonal(in), in.any(3, 2)));
          }
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    new LstsqOp(Lstsq.Driver.GELS, 0),
                    LinAlgException.class,
                    "has not full rank",
                    in.positive(3, 1).pad(1, 0, 1, 0),
                    in.any(3, 1)),
                ErrorSample.of(
                    new LstsqOp(Lstsq.Driver.GELS, 0),
                    ShapeException.class,
                    "same number of rows",
                    in.any(3, 2),
                    in.any(2, 1))));
  }
}
