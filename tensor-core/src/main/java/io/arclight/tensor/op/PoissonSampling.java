package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;

/**
 * Poisson variates: for small rates the place of a uniform value among the summed probabilities;
 * for others W. Hörmann, "The transformed rejection method for generating Poisson random variables"
 * (Insurance: Mathematics and Economics 12, 1993), algorithm PTRS.
 */
final class PoissonSampling {
  private static final Type T = Type.F64;
  private static final double SMALL = 10;

  /** Beyond it lies less than 1e-16 of the smaller rates' probability. */
  private static final long MOST = 48;

  /** An attempt fails with a probability below 0.2. */
  private static final long ATTEMPTS = 24;

  private PoissonSampling() {}

  private static Expr c(double value) {
    return constant(T, value);
  }

  /** A value of {@code rate}, which is not negative. */
  static Expr value(RowKernel k, Expr rate, Expr lo, Expr hi, Expr counter) {
    Expr small = k.let("small", lt(rate, c(SMALL)));
    Expr few = inverse(k, select(small, rate, c(0)), small, lo, hi, counter);
    Expr many = rejection(k, select(small, c(SMALL), rate), small, lo, hi, counter);
    return select(small, few, many);
  }

  private static Expr inverse(RowKernel k, Expr rate, Expr wanted, Expr lo, Expr hi, Expr counter) {
    Expr u = k.let("u", RandomKernels.unit(T, RandomKernels.philox(lo, hi, counter, int64(-1))));
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var probability = k.fresh("probability", T);
    Expr.Var sum = k.fresh("sum", T);
    Expr.Var count = k.fresh("count", T);
    Expr next = div(mul(probability, rate), add(cast(T, i), c(1)));
    k.add(
        new Stmt.Serial(
            i,
            select(wanted, int64(MOST), int64(0)),
            List.of(
                new Stmt.Carried(probability, exp(neg(rate)), next),
                new Stmt.Carried(sum, exp(neg(rate)), add(sum, next)),
                new Stmt.Carried(count, c(0), add(count, select(ge(u, sum), c(1), c(0))))),
            List.of()));
    return count;
  }

  private static Expr rejection(
      RowKernel k, Expr rate, Expr unwanted, Expr lo, Expr hi, Expr counter) {
    Expr root = sqrt(rate);
    Expr b = k.let("b", add(c(0.931), mul(c(2.53), root)));
    Expr a = k.let("a", add(c(-0.059), mul(c(0.02483), b)));
    Expr inverseAlpha = add(c(1.1239), div(c(1.1328), sub(b, c(3.4))));
    Expr vr = k.let("vr", sub(c(0.9277), div(c(3.6224), sub(b, c(2)))));
    Expr log = k.let("logRate", log(rate));
    Expr.Var attempt = k.fresh("attempt", Type.I64);
    Expr.Var taken = k.fresh("taken", Type.BOOL);
    Expr.Var value = k.fresh("value", T);
    Expr.Var u = k.fresh("u", T);
    Expr.Var v = k.fresh("v", T);
    Expr.Var near = k.fresh("near", T);
    Expr.Var n = k.fresh("n", T);
    Expr[] first = RandomKernels.philox(lo, hi, counter, mul(int64(2), attempt));
    Expr[] second = RandomKernels.philox(lo, hi, counter, add(mul(int64(2), attempt), int64(1)));
    Expr quick = and(ge(near, c(0.07)), le(v, vr));
    Expr outside = or(lt(n, c(0)), and(lt(near, c(0.013)), gt(v, near)));
    Expr left = sub(add(log(v), log(inverseAlpha)), log(add(div(a, mul(near, near)), b)));
    Expr right = sub(sub(mul(n, log), rate), logFactorial(max(n, c(0))));
    Expr accepted = or(quick, and(not(outside), le(left, right)));
    k.add(
        new Stmt.Serial(
            attempt,
            select(unwanted, int64(0), int64(ATTEMPTS)),
            List.of(
                new Stmt.Carried(taken, FALSE, or(taken, accepted)),
                new Stmt.Carried(value, floor(rate), select(or(taken, not(accepted)), value, n))),
            List.of(
                new Stmt.Let(u, sub(RandomKernels.unit(T, first), c(0.5))),
                new Stmt.Let(v, sub(c(1), RandomKernels.unit(T, second))),
                new Stmt.Let(near, sub(c(0.5), abs(u))),
                new Stmt.Let(
                    n, floor(add(add(mul(add(div(mul(c(2), a), near), b), u), rate), c(0.43)))))));
    return value;
  }

  /** Stirling's series for the gamma function, eight steps up, where three terms are enough. */
  private static Expr logFactorial(Expr n) {
    Expr product = add(n, c(1));
    for (int i = 2; i <= 8; i++) {
      product = mul(product, add(n, c(i)));
    }
    Expr z = add(n, c(9));
    Expr square = mul(z, z);
    Expr series =
        div(sub(c(1.0 / 12), div(sub(c(1.0 / 360), div(c(1.0 / 1260), square)), square)), z);
    Expr stirling = add(sub(mul(sub(z, c(0.5)), log(z)), z), c(0.5 * Math.log(2 * Math.PI)));
    return sub(add(stirling, series), log(product));
  }
}
