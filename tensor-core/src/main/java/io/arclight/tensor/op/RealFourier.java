package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.fma;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.le;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.neg;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.DType;
import io.arclight.tensor.Device;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Transforms between n real numbers and half a spectrum: of an even number as a complex transform
 * of half the length, whose values are pairs of neighbours.
 */
final class RealFourier {
  private enum Kind {
    /** From the transform of pairs of neighbours. */
    TO_HALF,
    /** To the transform of pairs of neighbours. */
    FROM_HALF,
    /** To a whole spectrum. */
    WHOLE,
    /** Real numbers as complex ones. */
    WIDE
  }

  private record Key(long n, DType dtype, Device device) {}

  private record KernelKey(DType dtype, Kind kind) {}

  private static final int MOST_PLANS = 256;
  private static final Map<Key, RealFourier> PLANS = new ConcurrentHashMap<>();
  private static final Map<KernelKey, Executable> KERNELS = new ConcurrentHashMap<>();

  private final long n;
  private final DType dtype;
  private final FourierPlan plan;

  /** Pairs exp(-2 pi i k / n) for k up to n / 2; null for odd n. */
  private final Tensor turns;

  private RealFourier(Key key) {
    n = key.n;
    dtype = key.dtype;
    boolean even = n % 2 == 0;
    plan = FourierPlan.of(even ? n / 2 : n, dtype, key.device);
    if (even) {
      double[] pairs = new double[Math.toIntExact(n + 2)];
      for (int k = 0; k <= n / 2; k++) {
        double[] turn = FourierPlan.turn(k, n);
        pairs[2 * k] = turn[0];
        pairs[2 * k + 1] = -turn[1];
      }
      turns = FourierPlan.kept(pairs, dtype, key.device);
    } else {
      turns = null;
    }
  }

  static RealFourier of(long n, DType dtype, Device device) {
    Key key = new Key(n, dtype, device);
    RealFourier plan = PLANS.get(key);
    if (plan == null) {
      if (PLANS.size() >= MOST_PLANS) {
        PLANS.clear();
      }
      plan = new RealFourier(key);
      PLANS.put(key, plan);
    }
    return plan;
  }

  /** {@code batches} rows of n numbers to as many of n / 2 + 1 pairs. */
  void forward(Tensor in, Tensor out, long batches, double scale) {
    long h = n / 2;
    if (turns == null) {
      Tensor middle = scratch(batches, n);
      Tensor wide = scratch(batches, n);
      launch(Kind.WIDE, in, wide, wide, batches, n, 1);
      plan.run(wide, middle, batches, FftOp.Direction.FORWARD, scale);
      long[] strides = {2 * n, 1};
      Tensor first =
          middle.withLayout(
              new io.arclight.tensor.Layout(
                  Shape.of(batches, 2 * (h + 1)), strides, middle.layout().offset()));
      Tensor rows = out.withLayout(out.layout().reshape(first.shape()));
      Pointwise.SECOND.evalInto(rows, rows, first);
      return;
    }
    if (plan.suitsHalfLanes(batches)) {
      plan.toHalf(in, turns, out, batches, scale);
      return;
    }
    Tensor middle = scratch(batches, h);
    plan.run(in, middle, batches, FftOp.Direction.FORWARD, 1);
    launch(Kind.TO_HALF, middle, turns, out, batches, h, scale);
  }

  /** {@code batches} rows of n / 2 + 1 pairs to as many of n numbers. */
  void inverse(Tensor in, Tensor out, long batches, double scale) {
    long h = n / 2;
    if (turns == null) {
      Tensor whole = scratch(batches, n);
      launch(Kind.WHOLE, in, in, whole, batches, n, 1);
      plan.run(whole, whole, batches, FftOp.Direction.INVERSE, scale);
      Tensor real =
          whole.withLayout(
              new io.arclight.tensor.Layout(
                  out.shape(), evenStrides(out), whole.layout().offset()));
      Pointwise.SECOND.evalInto(out, out, real);
      return;
    }
    if (plan.suitsHalfLanes(batches)) {
      plan.fromHalf(in, turns, out, batches, scale);
      return;
    }
    Tensor middle = scratch(batches, h);
    launch(Kind.FROM_HALF, in, turns, middle, batches, h, 1);
    plan.run(middle, out, batches, FftOp.Direction.INVERSE, scale);
  }

  private static long[] evenStrides(Tensor t) {
    long[] strides = t.strides();
    for (int i = 0; i < strides.length; i++) {
      strides[i] *= 2;
    }
    return strides;
  }

  private Tensor scratch(long batches, long pairs) {
    return Tensor.allocate("FFT", Shape.of(2 * batches * pairs), dtype, plan.device());
  }

  private void launch(
      Kind kind, Tensor x, Tensor turns, Tensor out, long batches, long h, double scale) {
    KERNELS
        .computeIfAbsent(new KernelKey(dtype, kind), RealFourier::build)
        .launch(
            "fft",
            batches,
            h,
            new Tensor[] {x, turns, out},
            new long[] {h, RowOps.bits(dtype, scale)},
            null);
  }

  private static Executable build(KernelKey key) {
    RowKernel k = new RowKernel("rfft");
    int x = k.reads(key.dtype);
    int turns = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr h = k.param(Type.I64);
    Type t = k.type(out);
    Expr scale = k.param(t);
    Expr more = add(h, int64(1));
    Expr half = io.arclight.tensor.ir.Exprs.div(more, int64(2));
    Expr rowIn =
        switch (key.kind) {
          case TO_HALF -> mul(h, int64(2));
          case FROM_HALF -> mul(more, int64(2));
          // Of odd n there are (n + 1) / 2 pairs.
          case WHOLE -> mul(half, int64(2));
          case WIDE -> h;
        };
    Expr from = k.let("from", mul(k.row, rowIn));
    Expr rowOut = key.kind == Kind.TO_HALF ? more : h;
    Expr to = k.let("to", mul(k.row, mul(rowOut, int64(2))));
    Expr.Var i = k.fresh("i", Type.I64);
    BiConsumer<Expr, Expr> store =
        (re, im) -> {
          Expr at = add(to, mul(i, int64(2)));
          k.add(k.store(out, at, mul(re, scale)));
          k.add(k.store(out, add(at, int64(1)), mul(im, scale)));
        };
    k.add(
        new Stmt.Vector(
            i,
            rowOut,
            k.block(
                () -> {
                  Expr zero = constant(t, 0);
                  Expr first = eq(i, int64(0));
                  switch (key.kind) {
                    case WIDE -> store.accept(k.at(x, add(from, i), t), zero);
                    case WHOLE -> {
                      Expr low = le(i, sub(half, int64(1)));
                      Expr at = k.let("at", add(from, mul(select(low, i, sub(h, i)), int64(2))));
                      Expr im = k.let("im", k.at(x, add(at, int64(1)), t));
                      store.accept(k.at(x, at, t), select(first, zero, select(low, im, neg(im))));
                    }
                    case TO_HALF, FROM_HALF -> turned(k, key.kind, x, turns, from, h, i, t, store);
                  }
                })));
    return k.build();
  }

  /** Sums and differences of what stands opposite. */
  private static void turned(
      RowKernel k,
      Kind kind,
      int x,
      int turns,
      Expr from,
      Expr h,
      Expr.Var i,
      Type t,
      BiConsumer<Expr, Expr> store) {
    boolean toHalf = kind == Kind.TO_HALF;
    Expr zero = int64(0);
    Expr i1 = toHalf ? select(eq(i, h), zero, i) : i;
    Expr i2 = toHalf ? select(eq(i, zero), zero, sub(h, i)) : sub(h, i);
    Expr a = k.let("at", add(from, mul(i1, int64(2))));
    Expr b = k.let("opposite", add(from, mul(i2, int64(2))));
    Expr none = constant(t, 0);
    Expr aRe = k.let("ar", k.at(x, a, t));
    Expr bRe = k.let("br", k.at(x, b, t));
    Expr aIm = k.let("ai", k.at(x, add(a, int64(1)), t));
    Expr bIm = k.let("bi", k.at(x, add(b, int64(1)), t));
    if (!toHalf) {
      // The imaginary parts of the first and the middle do not count.
      aIm = k.let("ai", select(eq(i, zero), none, aIm));
      bIm = k.let("bi", select(eq(i, zero), none, bIm));
    }
    Butterfly.Complex x1 = new Butterfly.Complex(aRe, aIm);
    Butterfly.Complex x2 = new Butterfly.Complex(bRe, bIm);
    Butterfly.Complex turn =
        new Butterfly.Complex(
            k.let("c", k.at(turns, mul(i, int64(2)), t)),
            k.let("s", k.at(turns, add(mul(i, int64(2)), int64(1)), t)));
    Butterfly.Complex y = toHalf ? half(k, x1, x2, turn) : whole(k, x1, x2, turn);
    store.accept(y.re(), y.im());
  }

  /** A value of half a spectrum, from two that stand opposite in the transform of pairs. */
  static Butterfly.Complex half(
      RowKernel k, Butterfly.Complex a, Butterfly.Complex b, Butterfly.Complex turn) {
    Sides s = Sides.of(k, a, b);
    // Half of (even - i turn apart).
    Expr half = constant(turn.re().type(), 0.5);
    Expr re = fma(s.apart.im(), turn.re(), mul(s.apart.re(), turn.im()));
    Expr im = fma(s.apart.im(), turn.im(), neg(mul(s.apart.re(), turn.re())));
    return new Butterfly.Complex(mul(half, add(s.even.re(), re)), mul(half, add(s.even.im(), im)));
  }

  /** A value of the transform of pairs, from two that stand opposite in half a spectrum. */
  static Butterfly.Complex whole(
      RowKernel k, Butterfly.Complex a, Butterfly.Complex b, Butterfly.Complex turn) {
    Sides s = Sides.of(k, a, b);
    // even + i apart / turn.
    Expr re = fma(s.apart.re(), turn.re(), mul(s.apart.im(), turn.im()));
    Expr im = fma(s.apart.im(), turn.re(), neg(mul(s.apart.re(), turn.im())));
    return new Butterfly.Complex(sub(s.even.re(), im), add(s.even.im(), re));
  }

  private record Sides(Butterfly.Complex even, Butterfly.Complex apart) {
    static Sides of(RowKernel k, Butterfly.Complex a, Butterfly.Complex b) {
      return new Sides(
          new Butterfly.Complex(k.let("er", add(a.re(), b.re())), k.let("ei", sub(a.im(), b.im()))),
          new Butterfly.Complex(
              k.let("dr", sub(a.re(), b.re())), k.let("di", add(a.im(), b.im()))));
    }
  }
}
