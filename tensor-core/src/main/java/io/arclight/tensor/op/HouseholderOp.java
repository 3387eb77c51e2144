package io.arclight.tensor.op;

import io.arclight.tensor.DType;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.cpu.Lapack;
import java.util.List;

/**
 * The first n columns of a product of reflections {@code I - tau v v^H}, whose vectors are the
 * columns of [..., m, n], with zeros and a one above, as geqrf leaves them, and tau [..., k].
 */
public record HouseholderOp() implements MatrixOp {

  @Override
  public String name() {
    return "HOUSEHOLDER_PRODUCT";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor a = in[0];
    Tensor tau = in[1];
    Matrices.require("householderProduct", a);
    LapackBatch.requireFloat("householderProduct", a);
    Elementwise.sameDevice("householderProduct", a, tau);
    boolean fits =
        tau.rank() == a.rank() - 1
            && Matrices.batch(tau, 1).equals(Matrices.batch(a, 2))
            && tau.dim(-1) <= a.dim(-1)
            && a.dim(-1) <= a.dim(-2);
    if (!fits || tau.dtype() != a.dtype()) {
      throw new ShapeException(
          "householderProduct: vectors "
              + a.dtype()
              + a.shape()
              + " and factors "
              + tau.dtype()
              + tau.shape()
              + " do not fit: expects [..., m, n] and [..., k] with m >= n >= k");
    }
    return List.of(new Spec(a.shape(), a.dtype(), a.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor a = LapackBatch.columns(in[0]);
    Tensor tau = LapackBatch.dense(in[1]);
    DType t = a.dtype();
    long m = in[0].dim(-2);
    long n = in[0].dim(-1);
    long k = tau.dim(-1);
    Tensor info = Tensor.allocate(name(), LapackBatch.info(in[0]));
    new LapackBatch.Call("householderProduct", Check.RAISE, info, Integer::toString)
        .run(
            2 * m * n * k,
            (i, at) -> {
              if (n > 0) {
                Lapack.orgqr(t, m, n, k, at[0] + i * m * n * t.bytes(), at[1] + i * k * t.bytes());
              }
              return 0;
            },
            a,
            tau);
    return new Tensor[] {LapackBatch.turned(a)};
  }

  /**
   * With Q = H1 .. Hk E, the gradient of Hi is Li^H G Ri^H for the products Li of those before it
   * and Ri of those behind it and E.
   */
  @Override
  public Tensor[] vjp(Vjp saved, Tensor... grads) {
    Tensor a = saved.input(0);
    Tensor tau = saved.input(1);
    long m = a.dim(-2);
    long n = a.dim(-1);
    int k = (int) tau.dim(-1);
    Tensor unit = Matrices.identity(m, a.dtype(), a.device()).narrow(1, 0, n);
    Tensor vectors = a.tril(-1).add(unit);
    Tensor[] behind = new Tensor[k + 1];
    behind[k] = unit.expand(a.shape());
    for (int i = k - 1; i > 0; i--) {
      behind[i] = reflect(behind[i + 1], vectors.narrow(-1, i, 1), tau.narrow(-1, i, 1));
    }
    Tensor before = grads[0];
    Tensor[] ga = new Tensor[(int) n];
    Tensor[] gtau = new Tensor[k];
    Tensor zero = a.narrow(-1, 0, n == 0 ? 0 : 1).zerosLike();
    for (int i = 0; i < k; i++) {
      Tensor v = vectors.narrow(-1, i, 1);
      Tensor factor = tau.narrow(-1, i, 1).unsqueeze(-1);
      Tensor gv = before.matmul(Matrices.adjoint(behind[i + 1]).matmul(v));
      Tensor ghv = behind[i + 1].matmul(Matrices.adjoint(before).matmul(v));
      gtau[i] = Matrices.adjoint(v).matmul(gv).neg().select(-1, 0);
      // The part of v that is stored lies below the diagonal.
      Tensor stored = gv.mul(Matrices.conj(factor)).add(ghv.mul(factor)).neg();
      ga[i] = stored.narrow(-2, i + 1, m - i - 1).pad(-2, i + 1, 0, 0);
      if (i + 1 < k) {
        before = reflect(before, v, Matrices.conj(tau.narrow(-1, i, 1)));
      }
    }
    for (int i = k; i < n; i++) {
      ga[i] = zero;
    }
    return new Tensor[] {
      n == 0 ? a.zerosLike() : Tensor.cat(-1, ga), k == 0 ? tau.zerosLike() : Tensor.cat(-1, gtau)
    };
  }

  /** {@code x - tau v (v^H x)}. */
  private static Tensor reflect(Tensor x, Tensor v, Tensor tau) {
    return x.sub(v.mul(tau.unsqueeze(-1)).matmul(Matrices.adjoint(v).matmul(x)));
  }

  @Override
  public boolean savesInput(int i) {
    return true;
  }

  static OpInfo info() {
    return new OpInfo(
        "householder_product",
        DTypes.LAPACK,
        in ->
            List.of(
                Sample.of(new HouseholderOp(), in.any(3, 2), in.any(2))
                    .peer("torch.linalg.householder_product(x0, x1)"),
                Sample.of(new HouseholderOp(), in.any(2, 3, 3), in.any(2, 2))
                    .peer("torch.linalg.householder_product(x0, x1)"),
                Sample.of(new HouseholderOp(), in.any(5, 4), in.any(3))
                    .peer("torch.linalg.householder_product(x0, x1)")),
        in ->
            List.of(
                ErrorSample.of(
                    new HouseholderOp(),
                    ShapeException.class,
                    "m >= n >= k",
                    in.any(2, 3),
                    in.any(2))));
  }
}
