package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.LinAlgException;
import io.arclight.tensor.Shape;
import io.arclight.tensor.SingularVectors;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Lapack;
import java.util.List;

/**
 * U, singular values (falling) and V^H of [..., m, n]; values alone where vectors are not wanted.
 */
public record SvdOp(SingularVectors vectors) implements MatrixOp {

  @Override
  public String name() {
    return "SVD";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.require("svd", a);
    LapackBatch.requireFloat("svd", a);
    Shape batch = Matrices.batch(a, 2);
    long m = a.dim(-2);
    long n = a.dim(-1);
    long k = Math.min(m, n);
    Spec values = new Spec(Matrices.shape(batch, k), Matrices.real(a.dtype()), a.device());
    if (vectors == SingularVectors.NONE) {
      return List.of(values);
    }
    boolean full = vectors == SingularVectors.FULL;
    return List.of(
        new Spec(Matrices.shape(batch, m, full ? m : k), a.dtype(), a.device()),
        values,
        new Spec(Matrices.shape(batch, full ? n : k, n), a.dtype(), a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Shape batch = Matrices.batch(in[0], 2);
    long m = in[0].dim(-2);
    long n = in[0].dim(-1);
    long k = Math.min(m, n);
    boolean none = vectors == SingularVectors.NONE;
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    Tensor values = Tensor.allocate(name(), outputs.get(none ? 0 : 1));
    long left = none ? 0 : outputs.get(0).shape().dim(-1);
    long right = none ? 0 : outputs.get(2).shape().dim(-2);
    if (k == 0 && !none) {
      return new Tensor[] {identity(outputs.get(0)), values, identity(outputs.get(2))};
    }
    Tensor u = Tensor.allocate(name(), Matrices.shape(batch, left, m), t, a.device());
    Tensor vt = Tensor.allocate(name(), Matrices.shape(batch, n, right), t, a.device());
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    char job = none ? 'N' : vectors == SingularVectors.FULL ? 'A' : 'S';
    long real = k * values.dtype().bytes();
    new LapackBatch.Call(
            "svd",
            Check.RAISE,
            info,
            code -> "the algorithm did not converge: the matrix is ill-conditioned")
        .run(
            8 * m * n * k,
            (i, at) -> {
              long matrix = at[0] + i * m * n * t.bytes();
              if (!LapackBatch.finite(t, matrix, m * n)) {
                return LapackBatch.NOT_FINITE;
              }
              long leftAt = at[2] + i * left * m * t.bytes();
              long rightAt = at[3] + i * right * n * t.bytes();
              return k == 0
                  ? 0
                  : Lapack.gesdd(t, job, m, n, matrix, at[1] + i * real, leftAt, rightAt);
            },
            a,
            values,
            u,
            vt);
    return none
        ? new Tensor[] {values}
        : new Tensor[] {LapackBatch.turned(u), values, LapackBatch.turned(vt)};
  }

  private static Tensor identity(Spec spec) {
    Tensor one = Matrices.identity(spec.shape().dim(-1), spec.dtype(), spec.device());
    Tensor out = Tensor.allocate("SVD", spec);
    Pointwise.SECOND.evalInto(out, out, one);
    return out;
  }

  /** Townsend 2016, for what does not depend on the vectors' signs or phases. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    if (vectors == SingularVectors.NONE) {
      Tensor[] all = Tensor.applyAll(new SvdOp(SingularVectors.REDUCED), saved.input(0));
      Tensor scaled = all[0].mul(grads[0].unsqueeze(-2).to(all[0].dtype()));
      return new Tensor[] {scaled.matmul(all[2])};
    }
    long m = saved.inputShape(0).dim(-2);
    long n = saved.inputShape(0).dim(-1);
    long k = Math.min(m, n);
    Tensor u = saved.output(0).narrow(-1, 0, k);
    Tensor s = saved.output(1);
    Tensor vh = saved.output(2).narrow(-2, 0, k);
    Tensor gu = grads[0] == null ? null : grads[0].narrow(-1, 0, k);
    Tensor gvh = grads[2] == null ? null : grads[2].narrow(-2, 0, k);
    Tensor squares = s.square();
    Tensor eye = Matrices.identity(s, k);
    Tensor gaps = squares.unsqueeze(-2).sub(squares.unsqueeze(-1)).add(eye);
    Tensor core = null;
    if (gu != null) {
      Tensor left = skew(Matrices.adjoint(u).matmul(gu));
      core = left.div(gaps).mul(s.unsqueeze(-2));
      if (gvh != null && u.dtype().isComplex()) {
        // Of phases that both sides share.
        core = core.add(left.diagonal(0, -2, -1).div(s.mul(2)).diagEmbed());
      }
    }
    if (gvh != null) {
      Tensor right = skew(vh.matmul(Matrices.adjoint(gvh))).div(gaps).mul(s.unsqueeze(-1));
      core = core == null ? right : core.add(right);
    }
    if (grads[1] != null) {
      Tensor diagonal = grads[1].diagEmbed().to(u.dtype());
      core = core == null ? diagonal : core.add(diagonal);
    }
    Tensor g;
    if (gu != null && m > k) {
      Tensor inner = u.matmul(core);
      Tensor beside = gu.sub(u.matmul(Matrices.adjoint(u).matmul(gu))).div(s.unsqueeze(-2));
      g = inner.add(beside).matmul(vh);
    } else {
      g = u.matmul(core.matmul(vh));
    }
    if (gvh != null && n > k) {
      Tensor beside = gvh.sub(gvh.matmul(Matrices.adjoint(vh)).matmul(vh));
      g = g.add(u.matmul(beside.div(s.unsqueeze(-1))));
    }
    return new Tensor[] {g};
  }

  private static Tensor skew(Tensor x) {
    return x.sub(Matrices.adjoint(x));
  }

  @Override
  public boolean savesInput(int i) {
    return vectors == SingularVectors.NONE;
  }

  @Override
  public boolean savesOutput(int i) {
    return vectors != SingularVectors.NONE;
  }

  static List<OpInfo> infos() {
    return List.of(
        new OpInfo(
            "svdvals",
            DTypes.LAPACK,
            in ->
                List.of(
                    Sample.of(new SvdOp(SingularVectors.NONE), in.any(2, 3, 2))
                        .peer("torch.linalg.svdvals(x0)"),
                    Sample.of(new SvdOp(SingularVectors.NONE), in.transposed(2, 4))
                        .peer("torch.linalg.svdvals(x0)"),
                    Sample.of(new SvdOp(SingularVectors.NONE), in.any(2, 0, 3))
                        .peer("torch.linalg.svdvals(x0)")),
            in ->
                List.of(
                    ErrorSample.of(
                        new SvdOp(SingularVectors.NONE),
                        LinAlgException.class,
                        "not finite",
                        in.any(2, 2).mul(0).log()))),
        OpInfo.of(
            "svd",
            DTypes.LAPACK,
            in ->
                List.of(
                    product(SingularVectors.REDUCED, in.any(4, 2)),
                    product(SingularVectors.FULL, in.any(2, 3)),
                    projection(0, in.any(4, 2)),
                    projection(2, in.any(2, 4)),
                    projection(0, in.any(2, 2, 2)))));
  }

  private static Sample product(SingularVectors vectors, Tensor a) {
    String full = vectors == SingularVectors.FULL ? "True" : "False";
    return Sample.composed(
            x -> {
              Tensor[] svd = Tensor.applyAll(new SvdOp(vectors), x);
              long k = svd[1].dim(-1);
              Tensor scaled = svd[0].narrow(-1, 0, k).mul(svd[1].unsqueeze(-2));
              return scaled.matmul(svd[2].narrow(-2, 0, k));
            },
            a)
        .peer(
            "u, s, v = torch.linalg.svd(x0, "
                + full
                + "); k = s.size(-1); torch.matmul(u[..., :k] * s.unsqueeze(-2), v[..., :k, :])");
  }

  /** Of the vectors on one side, what does not depend on signs: their squares, and their span. */
  private static Sample projection(int output, Tensor a) {
    int dim = output == 0 ? -2 : -1;
    return Sample.composed(
            x -> {
              Tensor v = Tensor.applyAll(new SvdOp(SingularVectors.REDUCED), x)[output];
              Tensor u = output == 0 ? v : Matrices.adjoint(v);
              Tensor squares = v.abs().square().square().sum(dim);
              return u.matmul(Matrices.adjoint(u))
                  .sum(-1)
                  .add(squares.sum(Dim.of(-1), Dim.Keep.KEEP));
            },
            a)
        .peer(
            "v = torch.linalg.svd(x0, False)["
                + output
                + "]; u = "
                + (output == 0 ? "v" : "v.mH")
                + "; torch.matmul(u, u.mH).sum(-1) + v.abs().pow(4).sum("
                + dim
                + ").sum(-1, keepdim=True)");
  }
}
