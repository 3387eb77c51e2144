package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.rem;

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
 * by side. PairBuffer (re, im) come in and go out; between passes, the n real parts come before the
 * imaginary ones.
 */
final class FourierPass {
  private enum Kind {
    /** PairBuffer to pairs: nothing is left to do. */
    ONLY,
    /** PairBuffer to parts, s = 1. */
    FIRST,
    MIDDLE,
    /** Parts to parts, m = 1. */
    LAST_PARTS,
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

  /**
   * @param turns null if m is 1
   */
  static void middle(Tensor in, Tensor turns, Tensor out, long batches, int radix, long m, long s) {
    boolean turned = turns != null;
    launch(
        new Key(out.dtype(), radix, turned ? Kind.MIDDLE : Kind.LAST_PARTS),
        batches * m,
        radix * s,
        turned ? new Tensor[] {in, turns, out} : new Tensor[] {in, out},
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
      case MIDDLE, LAST_PARTS -> middle(k, key);
      case LAST -> last(k, key);
    };
  }

  private static Butterfly.Complex[] parts(
      RowKernel k, int radix, int buffer, Type t, IntFunction<Expr> re, IntFunction<Expr> im) {
    Butterfly.Complex[] x = new Butterfly.Complex[radix];
    for (int j = 0; j < radix; j++) {
      x[j] =
          new Butterfly.Complex(
              k.let("x", k.at(buffer, re.apply(j), t)), k.let("y", k.at(buffer, im.apply(j), t)));
    }
    return x;
  }

  private static Butterfly.Complex[] pairs(PairBuffer in, int radix, IntFunction<Expr> place) {
    Butterfly.Complex[] x = new Butterfly.Complex[radix];
    for (int j = 0; j < radix; j++) {
      x[j] = in.at(place.apply(j));
    }
    return x;
  }

  private static Executable only(RowKernel k, Key key) {
    Expr swap = k.param(Type.I64);
    PairBuffer in = PairBuffer.read(k, key.dtype, swap);
    PairBuffer out = PairBuffer.written(k, key.dtype, swap);
    Expr scale = k.param(in.type());
    Expr base = mul(k.row, int64(key.radix));
    Butterfly.Complex[] x = pairs(in, key.radix, j -> add(base, int64(j)));
    Butterfly.Complex[] y = new Butterfly(k, in.type()).transform(x);
    for (int i = 0; i < key.radix; i++) {
      out.store(add(base, int64(i)), mul(y[i].re(), scale), mul(y[i].im(), scale));
    }
    return k.buildFlat();
  }

  private static Executable first(RowKernel k, Key key) {
    int radix = key.radix;
    Expr m = k.param(Type.I64);
    Expr swap = k.param(Type.I64);
    PairBuffer in = PairBuffer.read(k, key.dtype, swap);
    int turns = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Type t = in.type();
    Expr n = k.let("n", mul(m, int64(radix)));
    Expr from = k.let("from", mul(k.row, n));
    Expr to = k.let("to", mul(from, int64(2)));
    Expr.Var p = k.fresh("p", Type.I64);
    k.add(
        new Stmt.Vector(
            p,
            m,
            k.block(
                () -> {
                  Butterfly.Complex[] x =
                      pairs(in, radix, j -> add(add(from, mul(m, int64(j))), p));
                  Butterfly b = new Butterfly(k, t);
                  Butterfly.Complex[] y = b.transform(x);
                  Expr place = mul(p, int64(radix));
                  for (int i = 0; i < radix; i++) {
                    Butterfly.Complex z = y[i];
                    if (i > 0) {
                      Expr re = k.at(turns, add(mul(m, int64(i - 1)), p), t);
                      Expr im = k.at(turns, add(mul(m, int64(radix + i - 2)), p), t);
                      z = b.times(z, re, im);
                    }
                    Expr at = add(add(to, int64(i)), place);
                    k.add(k.store(out, at, z.re()));
                    k.add(k.store(out, add(at, n), z.im()));
                  }
                })));
    return k.build();
  }

  private static Executable middle(RowKernel k, Key key) {
    int radix = key.radix;
    boolean turned = key.kind == Kind.MIDDLE;
    int in = k.reads(key.dtype);
    int turns = turned ? k.reads(key.dtype) : -1;
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
    for (int i = 1; turned && i < radix; i++) {
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
                      parts(
                          k,
                          radix,
                          in,
                          t,
                          j -> add(add(from, mul(step, int64(j))), q),
                          j -> add(add(add(from, n), mul(step, int64(j))), q));
                  Butterfly b = new Butterfly(k, t);
                  Butterfly.Complex[] y = b.transform(x);
                  for (int i = 0; i < radix; i++) {
                    Butterfly.Complex z = i > 0 && turned ? b.times(y[i], re[i], im[i]) : y[i];
                    Expr at = add(add(to, mul(s, int64(i))), q);
                    k.add(k.store(out, at, z.re()));
                    k.add(k.store(out, add(at, n), z.im()));
                  }
                })));
    return k.build();
  }

  private static Executable last(RowKernel k, Key key) {
    int radix = key.radix;
    Expr s = k.param(Type.I64);
    Expr swap = k.param(Type.I64);
    int in = k.reads(key.dtype);
    PairBuffer out = PairBuffer.written(k, key.dtype, swap);
    Type t = out.type();
    Expr scale = k.param(t);
    Expr n = k.let("n", mul(s, int64(radix)));
    Expr to = k.let("to", mul(k.row, n));
    Expr from = k.let("from", mul(to, int64(2)));
    Expr.Var q = k.fresh("q", Type.I64);
    k.add(
        new Stmt.Vector(
            q,
            s,
            k.block(
                () -> {
                  Butterfly.Complex[] x =
                      parts(
                          k,
                          radix,
                          in,
                          t,
                          j -> add(add(from, mul(s, int64(j))), q),
                          j -> add(add(add(from, n), mul(s, int64(j))), q));
                  Butterfly.Complex[] y = new Butterfly(k, t).transform(x);
                  for (int i = 0; i < radix; i++) {
                    Expr at = add(add(to, mul(s, int64(i))), q);
                    out.store(at, mul(y[i].re(), scale), mul(y[i].im(), scale));
                  }
                })));
    return k.build();
  }
}
