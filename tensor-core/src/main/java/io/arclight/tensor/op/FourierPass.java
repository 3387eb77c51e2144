package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.rem;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/**
 * One pass of a transform of n values, in Stockham's order: of a run of {@code radix m} values, s
 * times side by side, each {@code radix} that lie m apart are transformed, turned, and stored side
 * by side. Pairs (re, im) come in and go out; between passes, the n real parts come before the
 * imaginary ones.
 */
final class FourierPass {
  private enum Kind {
    /** Pairs to pairs: nothing is left to do. */
    ONLY,
    /** Pairs to parts, s = 1. */
    FIRST,
    MIDDLE,
    /** Parts to pairs, m = 1. */
    LAST
  }

  private record Key(DType dtype, int radix, Kind kind) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private FourierPass() {}

  static void only(Tensor in, Tensor out, long batches, int radix, long swap, double scale) {
    DType t = out.dtype();
    launch(
        new Key(t, radix, Kind.ONLY),
        batches,
        radix,
        new Tensor[] {in, out},
        new long[] {swap, RowOps.bits(t, scale)});
  }

  static void first(
      Tensor in, Tensor turns, Tensor out, long batches, int radix, long m, long swap) {
    launch(
        new Key(out.dtype(), radix, Kind.FIRST),
        batches,
        radix * m,
        new Tensor[] {in, turns, out},
        new long[] {m, swap});
  }

  static void middle(Tensor in, Tensor turns, Tensor out, long batches, int radix, long m, long s) {
    launch(
        new Key(out.dtype(), radix, Kind.MIDDLE),
        batches * m,
        radix * s,
        new Tensor[] {in, turns, out},
        new long[] {m, s});
  }

  static void last(
      Tensor in, Tensor out, long batches, int radix, long s, long swap, double scale) {
    DType t = out.dtype();
    launch(
        new Key(t, radix, Kind.LAST),
        batches,
        radix * s,
        new Tensor[] {in, out},
        new long[] {s, swap, RowOps.bits(t, scale)});
  }

  private static void launch(Key key, long rows, long work, Tensor[] buffers, long[] params) {
    KERNELS
        .computeIfAbsent(key, FourierPass::build)
        .launch("fft", rows, work, buffers, params, null);
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("fft" + key.radix);
    return switch (key.kind) {
      case ONLY -> only(k, key);
      case FIRST -> first(k, key);
      case MIDDLE -> middle(k, key);
      case LAST -> last(k, key);
    };
  }

  private static Butterfly.Complex[] inputs(
      RowKernel k, int radix, int buffer, Type t, IntFunction<Expr> re, IntFunction<Expr> im) {
    Butterfly.Complex[] x = new Butterfly.Complex[radix];
    for (int j = 0; j < radix; j++) {
      x[j] =
          new Butterfly.Complex(
              k.let("x", k.at(buffer, re.apply(j), t)), k.let("y", k.at(buffer, im.apply(j), t)));
    }
    return x;
  }

  private static Executable only(RowKernel k, Key key) {
    int in = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr swap = k.param(Type.I64);
    Expr other = sub(int64(1), swap);
    Type t = k.type(out);
    Expr scale = k.param(t);
    Expr base = mul(k.row, int64(2L * key.radix));
    Butterfly.Complex[] x =
        inputs(
            k,
            key.radix,
            in,
            t,
            j -> add(base, add(int64(2L * j), swap)),
            j -> add(base, add(int64(2L * j), other)));
    Butterfly.Complex[] y = new Butterfly(k, t).transform(x);
    for (int i = 0; i < key.radix; i++) {
      k.add(k.store(out, add(base, add(int64(2L * i), swap)), mul(y[i].re(), scale)));
      k.add(k.store(out, add(base, add(int64(2L * i), other)), mul(y[i].im(), scale)));
    }
    return k.buildFlat();
  }

  private static Executable first(RowKernel k, Key key) {
    int radix = key.radix;
    int in = k.reads(key.dtype);
    int turns = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr m = k.param(Type.I64);
    Expr swap = k.param(Type.I64);
    Type t = k.type(out);
    Expr n = k.let("n", mul(m, int64(radix)));
    Expr base = k.let("base", mul(k.row, mul(n, int64(2))));
    Expr re = k.let("re", add(base, swap));
    Expr im = k.let("im", add(base, sub(int64(1), swap)));
    Expr.Var p = k.fresh("p", Type.I64);
    k.add(
        new Stmt.Vector(
            p,
            m,
            k.block(
                () -> {
                  Expr at = mul(p, int64(2));
                  Butterfly.Complex[] x =
                      inputs(
                          k,
                          radix,
                          in,
                          t,
                          j -> add(add(re, mul(m, int64(2L * j))), at),
                          j -> add(add(im, mul(m, int64(2L * j))), at));
                  Butterfly b = new Butterfly(k, t);
                  Butterfly.Complex[] y = b.transform(x);
                  Expr place = mul(p, int64(radix));
                  for (int i = 0; i < radix; i++) {
                    Butterfly.Complex z = y[i];
                    if (i > 0) {
                      Expr row = mul(m, int64(i - 1));
                      Expr imRow = mul(m, int64(radix - 1 + i - 1));
                      z = b.times(z, k.at(turns, add(row, p), t), k.at(turns, add(imRow, p), t));
                    }
                    Expr to = add(add(base, int64(i)), place);
                    k.add(k.store(out, to, z.re()));
                    k.add(k.store(out, add(to, n), z.im()));
                  }
                })));
    return k.build();
  }

  private static Executable middle(RowKernel k, Key key) {
    int radix = key.radix;
    int in = k.reads(key.dtype);
    int turns = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr m = k.param(Type.I64);
    Expr s = k.param(Type.I64);
    Type t = k.type(out);
    Expr step = k.let("step", mul(m, s));
    Expr n = k.let("n", mul(step, int64(radix)));
    Expr base = k.let("base", mul(div(k.row, m), mul(n, int64(2))));
    Expr p = k.let("p", rem(k.row, m));
    Expr from = k.let("from", add(base, mul(p, s)));
    Expr to = k.let("to", add(base, mul(p, mul(s, int64(radix)))));
    Expr[] re = new Expr[radix];
    Expr[] im = new Expr[radix];
    for (int i = 1; i < radix; i++) {
      re[i] = k.let("wr", k.at(turns, add(mul(m, int64(i - 1)), p), t));
      im[i] = k.let("wi", k.at(turns, add(mul(m, int64(radix - 1 + i - 1)), p), t));
    }
    Expr.Var q = k.fresh("q", Type.I64);
    k.add(
        new Stmt.Vector(
            q,
            s,
            k.block(
                () -> {
                  Butterfly.Complex[] x =
                      inputs(
                          k,
                          radix,
                          in,
                          t,
                          j -> add(add(from, mul(step, int64(j))), q),
                          j -> add(add(add(from, n), mul(step, int64(j))), q));
                  Butterfly b = new Butterfly(k, t);
                  Butterfly.Complex[] y = b.transform(x);
                  for (int i = 0; i < radix; i++) {
                    Butterfly.Complex z = i == 0 ? y[0] : b.times(y[i], re[i], im[i]);
                    Expr at = add(add(to, mul(s, int64(i))), q);
                    k.add(k.store(out, at, z.re()));
                    k.add(k.store(out, add(at, n), z.im()));
                  }
                })));
    return k.build();
  }

  private static Executable last(RowKernel k, Key key) {
    int radix = key.radix;
    int in = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Expr s = k.param(Type.I64);
    Expr swap = k.param(Type.I64);
    Type t = k.type(out);
    Expr scale = k.param(t);
    Expr n = k.let("n", mul(s, int64(radix)));
    Expr base = k.let("base", mul(k.row, mul(n, int64(2))));
    Expr re = k.let("re", add(base, swap));
    Expr im = k.let("im", add(base, sub(int64(1), swap)));
    Expr.Var q = k.fresh("q", Type.I64);
    k.add(
        new Stmt.Vector(
            q,
            s,
            k.block(
                () -> {
                  Butterfly.Complex[] x =
                      inputs(
                          k,
                          radix,
                          in,
                          t,
                          j -> add(add(base, mul(s, int64(j))), q),
                          j -> add(add(add(base, n), mul(s, int64(j))), q));
                  Butterfly.Complex[] y = new Butterfly(k, t).transform(x);
                  Expr place = mul(q, int64(2));
                  for (int i = 0; i < radix; i++) {
                    Expr row = mul(s, int64(2L * i));
                    k.add(k.store(out, add(add(re, row), place), mul(y[i].re(), scale)));
                    k.add(k.store(out, add(add(im, row), place), mul(y[i].im(), scale)));
                  }
                })));
    return k.build();
  }
}
