package io.arclight.tensor.op;

import io.arclight.tensor.Dim;
import io.arclight.tensor.Linalg;
import io.arclight.tensor.Tensor;
import java.util.List;

/**
 * Matrices of cofactors, the gradient of the determinant: det(A) A^-H where A can be inverted, and
 * defined for singular A too.
 */
public record CofactorOp() implements Op {

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

  /** With A = U S V^H it is det(U) det(V^H) U adj(S) V^H. */
  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor a = in[0].withLayout(in[0].layout());
    if (a.elements() == 0) {
      return new Tensor[] {Tensor.allocate(name(), outputs.get(0))};
    }
    SvdOp svd = new SvdOp(Linalg.Vectors.REDUCED);
    Tensor[] parts = svd.eval(svd.infer(a), a);
    DetOp det = new DetOp(DetOp.Form.VALUE);
    Tensor signs =
        Matrices.run(Pointwise.MUL, Matrices.run(det, parts[0]), Matrices.run(det, parts[2]));
    Tensor s = parts[1];
    long n = s.dim(-1);
    // Row i of this has s but for s_i, where there is 1.
    Tensor spread = s.withLayout(s.layout().reshape(Matrices.shape(Matrices.batch(s, 1), 1, n)));
    Tensor eye = Matrices.identity(s, n);
    Tensor others =
        Matrices.run(Pointwise.WHERE, Matrices.run(Pointwise.NE.with(null, 0), eye), eye, spread);
    Tensor products =
        Matrices.run(new ReduceOp(ReduceOp.Kind.PROD, Dim.of(-1), Dim.Keep.DROP), others);
    Tensor row = products.withLayout(products.layout().reshape(spread.shape()));
    Tensor scaled = Matrices.run(Pointwise.MUL, parts[0], row);
    Tensor sign = signs.withLayout(signs.layout().reshape(Matrices.shape(signs.shape(), 1, 1)));
    Tensor flatLeft = flat(Matrices.run(Pointwise.MUL, scaled, sign));
    Tensor product = Matrices.run(new MatMulOp(), flatLeft, flat(parts[2]));
    return new Tensor[] {product.withLayout(product.layout().reshape(a.shape()))};
  }

  private static Tensor flat(Tensor t) {
    Tensor dense = LapackBatch.dense(t);
    long n = t.dim(-1);
    return dense.withLayout(
        dense.layout().reshape(io.arclight.tensor.Shape.of(t.elements() / (n * n), n, n)));
  }

  /** To second order the matrix must not be singular. */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor cofactor = saved.output(0);
    Tensor inverse = Tensor.applyAll(new InvOp(Check.REPORT), saved.input(0))[0];
    Tensor w = Matrices.adjoint(inverse);
    Tensor total = grads[0].mul(cofactor).sum(Dim.of(-2, -1), Dim.Keep.KEEP);
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

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    return Tensor.applyAll(this, in);
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
