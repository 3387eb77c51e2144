package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a quantile x of the gamma distribution moves with its shape alpha, the probability held:
 * minus the distribution function's derivative by alpha, over the density. Not differentiable
 * itself, as in PyTorch.
 *
 * <p>With z = log(t / x) both are one integral over the part of the distribution on the shorter
 * side of the mean, {@code x * integral of (z + log x - digamma(alpha)) exp(alpha z - x (e^z - 1))
 * dz}, which is summed by the double exponential rule of Takahasi and Mori for a half line.
 */
record GammaSlopeOp() implements Op {
  private static final Map<DType, Executable> KERNELS = new ConcurrentHashMap<>();

  /** The rule's nodes run over [-SPAN, SPAN], in which its terms fall below 1e-12 of the sum. */
  private static final double SPAN = 4.5;

  private static final int NODES = 72;

  @Override
  public String name() {
    return "GAMMA_SLOPE";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Shape shape = Shape.broadcast(in[0].shape(), in[1].shape());
    return List.of(new Spec(shape, in[0].dtype(), in[0].device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Tensor alpha = in[0].expand(out.shape()).contiguous();
    Tensor x = in[1].expand(out.shape()).contiguous();
    KERNELS
        .computeIfAbsent(out.dtype(), GammaSlopeOp::build)
        .launch(
            "gamma_slope",
            out.elements(),
            50 * NODES,
            new Tensor[] {alpha, x, out},
            new long[0],
            null);
    return new Tensor[] {out};
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  private static Executable build(DType dtype) {
    Type t = Type.F64;
    RowKernel k = new RowKernel("gamma_slope");
    int alphas = k.reads(dtype);
    int xs = k.reads(dtype);
    int out = k.writes(dtype);
    Expr alpha = k.let("alpha", k.at(alphas, k.row, t));
    Expr x = k.let("x", max(k.at(xs, k.row, t), constant(t, Double.MIN_NORMAL)));
    Expr lower = k.let("lower", le(x, alpha));
    Expr sign = k.let("sign", select(lower, constant(t, -1), constant(t, 1)));
    Expr center = k.let("center", sub(log(x), digamma(k, alpha)));
    // The scale on which the integrand falls from the end of the half line.
    Expr slope = k.let("slope", add(abs(sub(x, alpha)), sqrt(x)));
    Expr scale =
        k.let(
            "scale",
            div(constant(t, 1), max(select(lower, min(slope, alpha), slope), constant(t, 1e-8))));
    double step = 2 * SPAN / (NODES - 1);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var sum = k.fresh("sum", t);
    Expr.Var w = k.fresh("w", t);
    Expr.Var decay = k.fresh("decay", t);
    Expr.Var y = k.fresh("y", t);
    Expr.Var z = k.fresh("z", t);
    Expr.Var power = k.fresh("power", t);
    Expr weight = mul(y, add(constant(t, 1), decay));
    Expr term = mul(mul(weight, add(z, center)), exp(power));
    k.add(
        new Stmt.Serial(
            i,
            int64(NODES),
            List.of(new Stmt.Carried(sum, constant(t, 0), add(sum, term))),
            List.of(
                new Stmt.Let(w, sub(mul(cast(t, i), constant(t, step)), constant(t, SPAN))),
                new Stmt.Let(decay, exp(neg(w))),
                new Stmt.Let(y, mul(scale, exp(sub(w, decay)))),
                new Stmt.Let(z, mul(sign, y)),
                new Stmt.Let(power, sub(mul(alpha, z), mul(x, expm1(z)))))));
    Expr value = mul(mul(x, constant(t, step)), mul(sign, sum));
    k.add(k.store(out, k.row, value));
    return k.build();
  }

  /** By its recurrence up to 8 and its asymptotic series there (Abramowitz and Stegun 6.3.18). */
  private static Expr digamma(RowKernel k, Expr alpha) {
    Type t = alpha.type();
    Expr total = constant(t, 0);
    Expr a = alpha;
    for (int i = 0; i < 8; i++) {
      Expr small = lt(a, constant(t, 8));
      total = k.let("shift", sub(total, select(small, div(constant(t, 1), a), constant(t, 0))));
      a = k.let("a", select(small, add(a, constant(t, 1)), a));
    }
    Expr r = k.let("r", div(constant(t, 1), mul(a, a)));
    double[] terms = {-1.0 / 12, 1.0 / 120, -1.0 / 252, 1.0 / 240, -1.0 / 132, 691.0 / 32760};
    Expr series = constant(t, terms[terms.length - 1]);
    for (int i = terms.length - 2; i >= 0; i--) {
      series = add(constant(t, terms[i]), mul(r, series));
    }
    Expr tail = sub(mul(r, series), div(constant(t, 0.5), a));
    return k.let("digamma", add(total, add(log(a), tail)));
  }
}
