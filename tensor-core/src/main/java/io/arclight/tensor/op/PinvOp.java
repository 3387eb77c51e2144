package io.arclight.tensor.op;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Shape;
import io.arclight.tensor.SingularVectors;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Pseudo-inverses of [..., m, n]: singular values up to {@code max(absolute, relative * the
 * largest)} count as zero.
 */
public record PinvOp(double absolute, double relative) implements MatrixOp {

  @Override
  public String name() {
    return "PINV";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Matrices.require("pinv", a);
    LapackBatch.requireFloat("pinv", a);
    Shape shape = Matrices.shape(Matrices.batch(a, 2), a.dim(-1), a.dim(-2));
    return List.of(new Spec(shape, a.dtype(), a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor a = in[0].withLayout(in[0].layout());
    if (a.elements() == 0) {
      return new Tensor[] {Tensor.allocate(name(), outputs.get(0))};
    }
    SvdOp svd = new SvdOp(SingularVectors.REDUCED);
    Tensor[] parts = svd.eval(svd.infer(a), a);
    Tensor s = parts[1];
    Tensor largest = Matrices.run(new ReduceOp(ReduceOp.Kind.AMAX, Dim.of(-1), Dim.Keep.KEEP), s);
    Tensor least = Matrices.run(Pointwise.MUL.with(null, relative), largest);
    least = Matrices.run(Pointwise.MAXIMUM.with(null, absolute), least);
    Tensor zero = Matrices.run(Pointwise.LE, s, least);
    Tensor inverse = Matrices.run(Pointwise.RECIPROCAL, s);
    inverse = Matrices.run(Pointwise.MASKED_FILL.with(null, null, 0), inverse, zero);
    long k = s.dim(-1);
    Shape batch = Matrices.batch(s, 1);
    Tensor row = inverse.withLayout(inverse.layout().reshape(Matrices.shape(batch, 1, k)));
    Tensor u = Matrices.run(Pointwise.MUL, parts[0], row);
    Tensor product =
        Matrices.run(new MatMulOp(), flat(Matrices.turned(parts[2])), flat(Matrices.turned(u)));
    return new Tensor[] {product.withLayout(product.layout().reshape(outputs.get(0).shape()))};
  }

  private static Tensor flat(Tensor t) {
    Tensor dense = LapackBatch.dense(t);
    Shape flat = Shape.of(Matrices.batch(t, 2).elements(), t.dim(-2), t.dim(-1));
    return dense.withLayout(dense.layout().reshape(flat));
  }

  /** Golub and Pereyra 1973; for P of constant rank. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = saved.input(0);
    Tensor p = saved.output(0);
    Tensor ph = Matrices.adjoint(p);
    Tensor gh = Matrices.adjoint(grads[0]);
    Tensor first = ph.matmul(grads[0]).matmul(ph).neg();
    Tensor left = gh.matmul(p).matmul(ph);
    Tensor right = ph.matmul(p).matmul(gh);
    return new Tensor[] {
      first.add(left.sub(a.matmul(p.matmul(left)))).add(right.sub(right.matmul(p).matmul(a)))
    };
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  @Override
  public boolean savesOutput(int i) {
    return true;
  }

  /** Singular values 2 and 0.6, of which the options say whether the second counts. */
  private static Sample diagonal(SampleInputs in, double absolute, double relative) {
    Tensor a = Tensor.of(2.0, 0, 0, 0.6).reshape(2, 2).to(in.dtype()).to(in.device());
    return Sample.of(new PinvOp(absolute, relative), a)
        .peer("torch.linalg.pinv(x0, atol=%s, rtol=%s)".formatted(absolute, relative))
        .valuesOnly();
  }

  static OpInfo info() {
    return OpInfo.of(
        "pinv",
        DTypes.LAPACK,
        in ->
            List.of(
                Sample.of(new PinvOp(0, 1e-5), in.any(2, 3, 2))
                    .peer("torch.linalg.pinv(x0, rtol=1e-5)"),
                Sample.of(new PinvOp(1e-3, 0), in.transposed(2, 4))
                    .peer("torch.linalg.pinv(x0, atol=1e-3, rtol=0.)"),
                Sample.of(new PinvOp(0, 1e-5), in.any(2, 0, 3))
                    .peer("torch.linalg.pinv(x0, rtol=1e-5)"),
                diagonal(in, 0.5, 0.125),
                diagonal(in, 0.125, 0.25),
                diagonal(in, 0.75, 0.125),
                diagonal(in, 0, 0.5)));
  }
}
