package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Random tensors whose elements have a parameter each. Like {@link RandomKernels} a value depends
 * on key, position and parameter only; where values are drawn until one is accepted, the attempt is
 * the upper half of the counter.
 */
public final class SamplingKernels {

  /** What is drawn. */
  public enum Draw {
    /** 1 with probability p, else 0. */
    BERNOULLI("bernoulli", "probabilities are in [0, 1]"),
    /** Of shape alpha and rate 1. */
    GAMMA("standard_gamma", "the shape parameter must be positive"),
    /** Of rate lambda. */
    POISSON("poisson", "rates are finite and not negative");

    private final String label;
    private final String domain;

    Draw(String label, String domain) {
      this.label = label;
      this.domain = domain;
    }
  }

  private record Key(Draw draw, DType dtype) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  /** An attempt fails with a probability below 0.05: all of them below 1e-15. */
  private static final int ATTEMPTS = 12;

  private SamplingKernels() {}

  /**
   * A value for every element of {@code parameter} (floating-point), in its dtype.
   *
   * @throws io.arclight.tensor.DataException for a parameter outside the domain, NaN included
   */
  public static Tensor sample(Draw what, Tensor parameter, long key, long offset) {
    Tensor dense = parameter.detach().contiguous();
    Tensor out = Tensor.allocate(what.name(), dense.shape(), parameter.dtype(), parameter.device());
    KERNELS
        .computeIfAbsent(new Key(what, out.dtype()), SamplingKernels::build)
        .launch(
            what.label,
            out.elements(),
            what == Draw.BERNOULLI ? 8 : 1000,
            new Tensor[] {dense, out},
            new long[] {key & RandomKernels.LOW, key >>> 32, offset},
            what.domain);
    return out;
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel(key.draw.label);
    int in = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr lo = k.param(Type.I64);
    Expr hi = k.param(Type.I64);
    Expr counter = add(k.row, k.param(Type.I64));
    Type t = k.type(in);
    Expr raw = k.let("parameter", load(in, k.row, t));
    switch (key.draw) {
      case BERNOULLI -> {
        Expr p = checked(and(ge(raw, constant(t, 0)), le(raw, constant(t, 1))), raw);
        Expr u = RandomKernels.unit(t, RandomKernels.philox(lo, hi, counter, int64(0)));
        k.add(k.store(out, k.row, cast(t, lt(u, p))));
        return k.buildFlat();
      }
      case GAMMA -> {
        Expr alpha = k.let("alpha", checked(gt(raw, constant(t, 0)), raw));
        k.add(k.store(out, k.row, gamma(k, t, alpha, lo, hi, counter)));
        return k.build();
      }
      case POISSON -> {
        Expr ok = and(ge(raw, constant(t, 0)), lt(raw, constant(t, Double.POSITIVE_INFINITY)));
        Expr rate = k.let("rate", cast(Type.F64, checked(ok, raw)));
        k.add(k.store(out, k.row, PoissonSampling.value(k, rate, lo, hi, counter)));
        return k.build();
      }
    }
    throw new IllegalStateException(key.toString());
  }

  private static Expr checked(Expr ok, Expr value) {
    return new Expr.Check(
        ok, ErrorCode.OUT_OF_DOMAIN, int64(0), value, constant(value.type(), 0.5));
  }

  /**
   * Marsaglia and Tsang, "A simple method for generating gamma variables" (TOMS 26, 2000); below 1
   * the value for alpha + 1 times u^(1/alpha).
   */
  private static Expr gamma(RowKernel k, Type t, Expr alpha, Expr lo, Expr hi, Expr counter) {
    Expr one = constant(t, 1);
    Expr small = k.let("small", lt(alpha, one));
    Expr d = k.let("d", sub(select(small, add(alpha, one), alpha), constant(t, 1.0 / 3)));
    Expr c = k.let("c", div(one, sqrt(mul(constant(t, 9), d))));
    Expr.Var attempt = k.fresh("attempt", Type.I64);
    Expr.Var taken = k.fresh("taken", Type.BOOL);
    Expr.Var value = k.fresh("value", t);
    Expr.Var x = k.fresh("x", t);
    Expr.Var u = k.fresh("u", t);
    Expr.Var v = k.fresh("v", t);
    Expr[] first = RandomKernels.philox(lo, hi, counter, mul(int64(2), attempt));
    Expr[] second = RandomKernels.philox(lo, hi, counter, add(mul(int64(2), attempt), int64(1)));
    Expr root = add(one, mul(c, x));
    Expr positive = gt(v, constant(t, 0));
    Expr bound =
        add(
            mul(constant(t, 0.5), mul(x, x)),
            mul(d, add(sub(one, v), log(select(positive, v, one)))));
    Expr accepted = and(positive, lt(log(sub(one, u)), bound));
    k.add(
        new Stmt.Serial(
            attempt,
            int64(ATTEMPTS),
            List.of(
                new Stmt.Carried(taken, FALSE, or(taken, accepted)),
                new Stmt.Carried(value, d, select(or(taken, not(accepted)), value, mul(d, v)))),
            List.of(
                new Stmt.Let(x, RandomKernels.normal(t, first)),
                new Stmt.Let(u, RandomKernels.unit(t, second)),
                new Stmt.Let(v, mul(root, mul(root, root))))));
    Expr boost = RandomKernels.unit(t, RandomKernels.philox(lo, hi, counter, int64(-1)));
    return select(small, mul(value, exp(div(log(sub(one, boost)), alpha))), value);
  }
}
