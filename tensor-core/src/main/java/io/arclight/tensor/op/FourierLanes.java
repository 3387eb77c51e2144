package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.add;
import static io.arclight.tensor.ir.Exprs.constant;
import static io.arclight.tensor.ir.Exprs.div;
import static io.arclight.tensor.ir.Exprs.eq;
import static io.arclight.tensor.ir.Exprs.int64;
import static io.arclight.tensor.ir.Exprs.min;
import static io.arclight.tensor.ir.Exprs.mul;
import static io.arclight.tensor.ir.Exprs.rem;
import static io.arclight.tensor.ir.Exprs.select;
import static io.arclight.tensor.ir.Exprs.sub;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Short transforms side by side, one in each lane, whatever runs their own passes would leave to
 * vectors. A tile has {@link #WIDTH} of them: value i of transform c has its real part at {@code i
 * WIDTH + c}, and all imaginary parts come behind the real ones, as {@link FourierPass} has them
 * between passes. A last tile that has too few is filled with the last transform.
 */
final class FourierLanes {
  /** Transforms of a tile. */
  static final int WIDTH = 16;

  private enum Kind {
    /** Pairs to a tile: the first pass. */
    LOAD,
    /** The same, where it is the only one. */
    LOAD_ALL,
    /** A tile to pairs: the last pass. */
    STORE,
    /** A tile, transformed, to pairs of half a spectrum. */
    TO_HALF,
    /** Pairs of half a spectrum to a tile, not yet transformed. */
    FROM_HALF
  }

  private record Key(DType dtype, int radix, Kind kind) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private FourierLanes() {}

  /**
   * The first pass of {@code tiles} tiles.
   *
   * @param last the last transform that there is, counted from the first of {@code in}
   * @param turns null if m is 1
   */
  static void load(
      Tensor in, Tensor turns, Tensor out, long tiles, long last, int radix, long m, long swap) {
    launch(
        new Key(out.dtype(), radix, turns == null ? Kind.LOAD_ALL : Kind.LOAD),
        tiles * m,
        radix,
        turns == null ? new Tensor[] {in, out} : new Tensor[] {in, turns, out},
        new long[] {m, last, swap});
  }

  /** The last pass. */
  static void store(
      Tensor in, Tensor out, long tiles, long last, int radix, long s, long swap, double scale) {
    launch(
        new Key(out.dtype(), radix, Kind.STORE),
        tiles * s,
        radix,
        new Tensor[] {in, out},
        new long[] {s, last, swap, RowOps.bits(out.dtype(), scale)});
  }

  /** What {@link RealFourier} makes of transforms of h pairs of neighbours. */
  static void toHalf(
      Tensor in, Tensor turns, Tensor out, long tiles, long last, long h, double scale) {
    launch(
        new Key(out.dtype(), 1, Kind.TO_HALF),
        tiles * (h + 1),
        1,
        new Tensor[] {in, turns, out},
        new long[] {h, last, RowOps.bits(out.dtype(), scale)});
  }

  /** The inverse of {@link #toHalf}, with real and imaginary parts exchanged. */
  static void fromHalf(Tensor in, Tensor turns, Tensor out, long tiles, long last, long h) {
    launch(
        new Key(out.dtype(), 1, Kind.FROM_HALF),
        tiles * h,
        1,
        new Tensor[] {in, turns, out},
        new long[] {h, last});
  }

  private static void launch(Key key, long rows, long work, Tensor[] buffers, long[] params) {
    KERNELS
        .computeIfAbsent(key, FourierLanes::build)
        .launch("fft", rows, work * WIDTH, buffers, params, null);
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel("fft_lanes" + key.radix);
    switch (key.kind) {
      case LOAD, LOAD_ALL -> load(k, key);
      case STORE -> store(k, key);
      case TO_HALF -> toHalf(k, key);
      case FROM_HALF -> fromHalf(k, key);
    }
    return k.build();
  }

  private static void load(RowKernel k, Key key) {
    int radix = key.radix;
    boolean turned = key.kind == Kind.LOAD;
    Expr m = k.param(Type.I64);
    Expr last = k.param(Type.I64);
    Expr swap = k.param(Type.I64);
    PairBuffer in = PairBuffer.read(k, key.dtype, swap);
    int turns = turned ? k.reads(key.dtype) : -1;
    int out = k.writes(key.dtype);
    Type t = in.type();
    Expr n = k.let("n", mul(m, int64(radix)));
    Expr number = k.let("tile", div(k.row, m));
    Expr p = k.let("p", rem(k.row, m));
    Tile tile = new Tile(k, out, number, n);
    lanes(
        k,
        c -> {
          Expr from = add(mul(transform(number, c, last), n), p);
          Butterfly.Complex[] x = new Butterfly.Complex[radix];
          for (int j = 0; j < radix; j++) {
            x[j] = in.at(add(from, mul(m, int64(j))));
          }
          Butterfly b = new Butterfly(k, t);
          Butterfly.Complex[] y = b.transform(x);
          for (int i = 0; i < radix; i++) {
            Butterfly.Complex z = y[i];
            if (i > 0 && turned) {
              Expr re = k.at(turns, add(mul(m, int64(i - 1)), p), t);
              Expr im = k.at(turns, add(mul(m, int64(radix + i - 2)), p), t);
              z = b.times(z, re, im);
            }
            tile.put(add(mul(p, int64(radix)), int64(i)), c, z.re(), z.im());
          }
        });
  }

  private static void store(RowKernel k, Key key) {
    int radix = key.radix;
    Expr s = k.param(Type.I64);
    Expr last = k.param(Type.I64);
    Expr swap = k.param(Type.I64);
    int in = k.reads(key.dtype);
    PairBuffer out = PairBuffer.written(k, key.dtype, swap);
    Expr scale = k.param(out.type());
    Expr n = k.let("n", mul(s, int64(radix)));
    Expr number = k.let("tile", div(k.row, s));
    Expr q = k.let("q", rem(k.row, s));
    Tile tile = new Tile(k, in, number, n);
    lanes(
        k,
        c -> {
          Butterfly.Complex[] x = new Butterfly.Complex[radix];
          for (int j = 0; j < radix; j++) {
            x[j] = tile.at(add(mul(s, int64(j)), q), c);
          }
          Butterfly.Complex[] y = new Butterfly(k, out.type()).transform(x);
          Expr to = k.let("to", add(mul(transform(number, c, last), n), q));
          for (int i = 0; i < radix; i++) {
            out.store(add(to, mul(s, int64(i))), mul(y[i].re(), scale), mul(y[i].im(), scale));
          }
        });
  }

  private static void toHalf(RowKernel k, Key key) {
    Expr h = k.param(Type.I64);
    Expr last = k.param(Type.I64);
    int in = k.reads(key.dtype);
    int turns = k.reads(key.dtype);
    PairBuffer out = PairBuffer.written(k, key.dtype, int64(0));
    Type t = out.type();
    Expr scale = k.param(t);
    Expr more = k.let("more", add(h, int64(1)));
    Expr number = k.let("tile", div(k.row, more));
    Expr i = k.let("i", rem(k.row, more));
    Expr first = k.let("first", select(eq(i, h), int64(0), i));
    Expr second = k.let("second", select(eq(i, int64(0)), int64(0), sub(h, i)));
    Butterfly.Complex turn = turn(k, turns, i, t);
    Tile tile = new Tile(k, in, number, h);
    lanes(
        k,
        c -> {
          Butterfly.Complex half = RealFourier.half(k, tile.at(first, c), tile.at(second, c), turn);
          Expr to = add(mul(transform(number, c, last), more), i);
          out.store(to, mul(half.re(), scale), mul(half.im(), scale));
        });
  }

  private static void fromHalf(RowKernel k, Key key) {
    Expr h = k.param(Type.I64);
    Expr last = k.param(Type.I64);
    PairBuffer in = PairBuffer.read(k, key.dtype, int64(0));
    int turns = k.reads(key.dtype);
    int out = k.writes(key.dtype);
    Type t = in.type();
    Expr more = k.let("more", add(h, int64(1)));
    Expr number = k.let("tile", div(k.row, h));
    Expr i = k.let("i", rem(k.row, h));
    Butterfly.Complex turn = turn(k, turns, i, t);
    Tile tile = new Tile(k, out, number, h);
    lanes(
        k,
        c -> {
          Expr from = k.let("from", mul(transform(number, c, last), more));
          Butterfly.Complex a = in.at(add(from, i));
          Butterfly.Complex b = in.at(add(from, sub(h, i)));
          // The imaginary parts of the first and the middle do not count.
          Expr none = constant(t, 0);
          Expr ends = eq(i, int64(0));
          Butterfly.Complex whole =
              RealFourier.whole(
                  k,
                  new Butterfly.Complex(a.re(), k.let("ai", select(ends, none, a.im()))),
                  new Butterfly.Complex(b.re(), k.let("bi", select(ends, none, b.im()))),
                  turn);
          tile.put(i, c, whole.im(), whole.re());
        });
  }

  private static Butterfly.Complex turn(RowKernel k, int turns, Expr i, Type t) {
    Expr at = mul(i, int64(2));
    return new Butterfly.Complex(
        k.let("cos", k.at(turns, at, t)), k.let("sin", k.at(turns, add(at, int64(1)), t)));
  }

  /** The transform in lane {@code c} of a tile. */
  private static Expr transform(Expr tile, Expr c, Expr last) {
    return min(add(mul(tile, int64(WIDTH)), c), last);
  }

  private static void lanes(RowKernel k, Consumer<Expr> body) {
    Expr.Var c = k.fresh("c", Type.I64);
    k.add(new Stmt.Vector(c, int64(WIDTH), k.block(() -> body.accept(c))));
  }

  private record Tile(RowKernel k, int buffer, Expr number, Expr n) {
    private Expr place(Expr i, Expr c) {
      return add(mul(add(mul(number, mul(n, int64(2))), i), int64(WIDTH)), c);
    }

    Butterfly.Complex at(Expr i, Expr c) {
      Type t = k.type(buffer);
      return new Butterfly.Complex(
          k.let("x", k.at(buffer, place(i, c), t)),
          k.let("y", k.at(buffer, place(add(i, n), c), t)));
    }

    void put(Expr i, Expr c, Expr re, Expr im) {
      k.add(k.store(buffer, place(i, c), re));
      k.add(k.store(buffer, place(add(i, n), c), im));
    }
  }
}
