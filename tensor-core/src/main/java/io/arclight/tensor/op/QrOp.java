package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.QrMode;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.TensorException;
import io.arclight.tensor.Triangle;
import io.arclight.tensor.cpu.Lapack;
import io.arclight.tensor.memory.HostMemory;
import java.util.List;

/**
 * Q with orthonormal columns and upper triangular R of [..., m, n]; Q is [0] where only R is
 * wanted.
 */
public record QrOp(QrMode mode) implements Op {

  @Override
  public String name() {
    return "QR";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.require("qr", a);
    LapackBatch.requireFloat("qr", a);
    Shape batch = Matrices.batch(a, 2);
    long k = columns(a);
    Shape q = mode == QrMode.R ? Shape.of(0) : Matrices.shape(batch, a.dim(-2), k);
    return List.of(
        new Spec(q, a.dtype(), a.device()),
        new Spec(Matrices.shape(batch, k, a.dim(-1)), a.dtype(), a.device()));
  }

  /** Columns of Q and rows of R. */
  private long columns(Tensor a) {
    return mode == QrMode.COMPLETE ? a.dim(-2) : Math.min(a.dim(-2), a.dim(-1));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    long m = in[0].dim(-2);
    long n = in[0].dim(-1);
    long k = Math.min(m, n);
    long wide = columns(in[0]);
    Shape batch = Matrices.batch(in[0], 2);
    Tensor a = LapackBatch.columns(in[0]);
    DType t = a.dtype();
    Tensor tau = Tensor.allocate(name(), Matrices.shape(batch, k), t, a.device());
    boolean wanted = mode != QrMode.R;
    Tensor q =
        Tensor.allocate(
            name(), wanted ? Matrices.shape(batch, wide, m) : Shape.of(0), t, a.device());
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    new LapackBatch.Call("qr", Check.RAISE, info, Integer::toString)
        .run(
            2 * m * n * k,
            (i, at) -> {
              long matrix = at[0] + i * m * n * t.bytes();
              long factors = at[1] + i * k * t.bytes();
              long target = at[2] + i * m * wide * t.bytes();
              if (k > 0) {
                Lapack.geqrf(t, m, n, matrix, factors);
              }
              if (wanted && m > 0 && wide > 0) {
                HostMemory.copy(matrix, target, m * k * t.bytes());
                Lapack.orgqr(t, m, wide, k, target, factors);
              }
              return 0;
            },
            a,
            tau,
            q);
    Tensor upper = LapackBatch.turned(a);
    upper = upper.withLayout(new ViewOp.Slice(upper.rank() - 2, 0, wide, 1).layout(upper.layout()));
    Tensor r = Matrices.run(new TriOp(Triangle.UPPER, 0), upper);
    return new Tensor[] {wanted ? LapackBatch.turned(q) : q, r};
  }

  /** Walter and Lehmann 2018; for wide matrices from the square ones that make them. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Shape shape = saved.inputShape(0);
    long m = shape.dim(-2);
    long n = shape.dim(-1);
    if (mode == QrMode.R) {
      throw new TensorException("qr: mode R has no gradient: use mode REDUCED");
    }
    if (mode == QrMode.COMPLETE && m > n) {
      throw new TensorException(
          "qr: mode COMPLETE has no gradient for more rows than columns, "
              + shape
              + ": use mode REDUCED");
    }
    Tensor q = saved.output(0);
    Tensor r = saved.output(1);
    Tensor gq = grads[0];
    Tensor gr = grads[1];
    if (m >= n) {
      return new Tensor[] {tall(q, r, gq, gr)};
    }
    Tensor y = saved.input(0).narrow(-1, m, n - m);
    Tensor u = r.narrow(-1, 0, m);
    if (gr == null) {
      Tensor square = tall(q, u, gq, null);
      return new Tensor[] {Tensor.cat(-1, square, y.zerosLike())};
    }
    Tensor gv = gr.narrow(-1, m, n - m);
    Tensor toQ = y.matmul(Matrices.adjoint(gv));
    Tensor square = tall(q, u, gq == null ? toQ : gq.add(toQ), gr.narrow(-1, 0, m).triu());
    return new Tensor[] {Tensor.cat(-1, square, q.matmul(gv))};
  }

  private static Tensor tall(Tensor q, Tensor r, Tensor gq, Tensor gr) {
    Tensor m = null;
    if (gr != null) {
      m = r.matmul(Matrices.adjoint(gr.triu()));
    }
    if (gq != null) {
      Tensor part = Matrices.adjoint(gq).matmul(q);
      m = m == null ? part.neg() : m.sub(part);
    }
    Tensor lower = m.tril(-1);
    Tensor diagonal = m.diagonal(0, -2, -1).real().diagEmbed();
    Tensor symmetric = lower.add(Matrices.adjoint(lower)).add(diagonal);
    Tensor right = q.matmul(symmetric);
    right = gq == null ? right : right.add(gq);
    SolveTriangularOp solve = SolveTriangularOp.of(Triangle.LOWER, Side.RIGHT);
    return Tensor.apply(solve, Matrices.adjoint(r), right);
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    if (mode == QrMode.R) {
      Tensor[] out = Tensor.applyAll(this, in);
      return new Tensor[] {out[0].unsqueeze(0).expand(size, 0), out[1]};
    }
    return Tensor.applyAll(this, in);
  }

  static OpInfo info() {
    return OpInfo.of(
        "qr",
        DTypes.LAPACK,
        in ->
            List.of(
                product(QrMode.REDUCED, in.any(4, 2)),
                product(QrMode.REDUCED, in.any(2, 2, 3)),
                product(QrMode.COMPLETE, in.any(2, 3)),
                // Signs are LAPACK's choice; these do not depend on them.
                Sample.composed(
                        x -> {
                          Tensor[] qr = Tensor.applyAll(new QrOp(QrMode.REDUCED), x);
                          return qr[0].square().sum(1).add(qr[1].square().sum(1));
                        },
                        in.any(3, 3))
                    .peer(
                        "q, r = torch.linalg.qr(x0); torch.square(q).sum(1) + torch.square(r).sum(1)"),
                Sample.composed(
                        x -> {
                          Tensor q = Tensor.applyAll(new QrOp(QrMode.REDUCED), x)[0];
                          return q.matmul(Matrices.adjoint(q));
                        },
                        in.any(4, 2))
                    .peer("q, r = torch.linalg.qr(x0); torch.matmul(q, q.mH)")));
  }

  private static Sample product(QrMode mode, Tensor a) {
    return Sample.composed(
            x -> {
              Tensor[] qr = Tensor.applyAll(new QrOp(mode), x);
              return qr[0].matmul(qr[1]);
            },
            a)
        .peer(
            "q, r = torch.linalg.qr(x0, '"
                + (mode == QrMode.COMPLETE ? "complete" : "reduced")
                + "'); torch.matmul(q, r)");
  }
}
