package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Two numbers for each channel, made of parts of a fixed size, so that they do not depend on
 * threads.
 */
enum ChannelSums {
  /** Mean and variance (over the count). */
  MOMENTS,
  /** The sums of {@code g} and of {@code g * (x - mean)}. */
  GRADIENTS;

  /** What kernels are made for; form null is the merge of the parts. */
  private record Key(ChannelSums sums, DType dtype, ChannelView.Form form) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  /** Rows of columns in a part. */
  private static final long PART = 64;

  static Tensor[] moments(String op, ChannelView view, Tensor x) {
    return MOMENTS.run(op, view, x, new Tensor[] {view.dense(x)});
  }

  /** Where {@code mean} is [batch, channels]. */
  static Tensor[] gradients(String op, ChannelView view, Tensor g, Tensor x, Tensor mean) {
    return GRADIENTS.run(
        op, view, x, new Tensor[] {view.dense(g), view.dense(x), view.table(mean)});
  }

  private Tensor[] run(String op, ChannelView view, Tensor x, Tensor[] in) {
    DType sum = x.dtype().accumulator();
    boolean planes = view.form() == ChannelView.Form.PLANES;
    long parts = planes ? view.outer() : (view.outer() + PART - 1) / PART;
    Tensor[] out = new Tensor[2];
    if (x.elements() == 0) {
      for (int i = 0; i < 2; i++) {
        // A mean of nothing is none, a sum of nothing is 0.
        double empty = this == MOMENTS ? Double.NaN : 0;
        out[i] = Tensor.full(Shape.of(view.batch(), view.channels()), empty, sum, x.device());
      }
      return out;
    }
    Tensor[] partial = new Tensor[2];
    long columns = planes ? view.channels() : view.width();
    for (int i = 0; i < 2; i++) {
      partial[i] = Tensor.allocate(op, Shape.of(view.batch(), parts, columns), sum, x.device());
      out[i] = Tensor.allocate(op, Shape.of(view.batch(), view.channels()), sum, x.device());
    }
    Tensor[] buffers = joined(in, partial);
    Key key = new Key(this, x.dtype(), view.form());
    long tiles = (columns + Lines.TILE - 1) / Lines.TILE;
    if (planes) {
      KERNELS
          .computeIfAbsent(key, ChannelSums::planes)
          .launch(
              op,
              view.batch() * parts * columns,
              view.inner(),
              buffers,
              new long[] {view.inner(), view.outer(), view.channels()},
              null);
    } else {
      KERNELS
          .computeIfAbsent(key, ChannelSums::columns)
          .launch(
              op,
              view.batch() * parts * tiles,
              PART * Math.min(columns, Lines.TILE),
              buffers,
              new long[] {view.outer(), columns, parts},
              null);
    }
    long inner = planes ? 1 : view.inner();
    tiles = (view.channels() + Lines.TILE - 1) / Lines.TILE;
    KERNELS
        .computeIfAbsent(new Key(this, sum, null), ChannelSums::merge)
        .launch(
            op,
            view.batch() * tiles,
            parts * view.repeats() * inner * Math.min(view.channels(), Lines.TILE),
            joined(partial, out),
            new long[] {
              view.channels(),
              inner,
              parts,
              view.repeats(),
              planes ? view.inner() : PART,
              planes ? view.inner() * view.outer() : view.outer()
            },
            null);
    return out;
  }

  private static Tensor[] joined(Tensor[] a, Tensor[] b) {
    Tensor[] out = java.util.Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, out, a.length, b.length);
    return out;
  }

  private static Executable planes(Key key) {
    RowKernel k = new RowKernel("channel_" + key.sums.name().toLowerCase(java.util.Locale.ROOT));
    Buffers b = Buffers.of(k, key);
    Expr n = k.param(Type.I64);
    Expr outer = k.param(Type.I64);
    Expr channels = k.param(Type.I64);
    Expr base = k.base(n);
    Expr mean = null;
    if (key.sums == GRADIENTS) {
      Expr set = div(k.row, mul(outer, channels));
      mean = k.let("mean", k.at(b.mean, add(mul(set, channels), rem(k.row, channels)), b.type));
    }
    b.store(k, k.row, b.pair(k, base, int64(1), n, mean, Elements.Order.LANES));
    return k.build();
  }

  private static Executable columns(Key key) {
    RowKernel k = new RowKernel("channel_" + key.sums.name().toLowerCase(java.util.Locale.ROOT));
    Buffers b = Buffers.of(k, key);
    Expr outer = k.param(Type.I64);
    Expr width = k.param(Type.I64);
    Expr parts = k.param(Type.I64);
    Lines.tile(
        k,
        width,
        row -> {
          Expr set = k.let("set", div(row, parts));
          Expr first = k.let("first", mul(rem(row, parts), int64(PART)));
          Expr extent = k.let("extent", min(int64(PART), sub(outer, first)));
          Expr from = k.let("from", mul(add(mul(set, outer), first), width));
          return column -> {
            Expr mean =
                key.sums == GRADIENTS
                    ? k.let("mean", k.at(b.mean, add(mul(set, width), column), b.type))
                    : null;
            b.store(
                k,
                add(mul(row, width), column),
                b.pair(k, add(from, column), width, extent, mean, Elements.Order.SERIAL));
          };
        });
    return k.build();
  }

  /** The buffers of a kernel for parts; {@code g} and {@code mean} are there for gradients only. */
  private record Buffers(ChannelSums sums, Type type, int g, int x, int mean, int[] out) {
    static Buffers of(RowKernel k, Key key) {
      boolean gradients = key.sums == GRADIENTS;
      DType sum = key.dtype.accumulator();
      int g = gradients ? k.reads(key.dtype) : -1;
      int x = k.reads(key.dtype);
      int mean = gradients ? k.reads(sum) : -1;
      int[] out = {k.writes(sum), k.writes(sum)};
      return new Buffers(key.sums, key.dtype.type().value(), g, x, mean, out);
    }

    void store(RowKernel k, Expr at, List<Expr> pair) {
      for (int i = 0; i < 2; i++) {
        k.add(k.store(out[i], at, pair.get(i)));
      }
    }

    /** Mean and sum of squares about it, or the two sums, of {@code n} elements. */
    List<Expr> pair(RowKernel k, Expr base, Expr stride, Expr n, Expr mean, Elements.Order order) {
      Elements elements = new Elements(k, x, base, stride, order);
      Expr zero = constant(type, 0);
      if (sums == GRADIENTS) {
        Elements grad = new Elements(k, g, base, stride, order);
        return elements.fold(
            n,
            List.of(zero, zero),
            i -> List.of(grad.at(i, type), mul(grad.at(i, type), sub(elements.at(i, type), mean))),
            (p, q) -> List.of(add(p.get(0), q.get(0)), add(p.get(1), q.get(1))));
      }
      Expr sum = elements.fold(n, zero, i -> elements.at(i, type), (p, q) -> add(p, q));
      Expr m = k.let("mean", div(sum, cast(type, n)));
      Expr squares =
          elements.fold(
              n,
              zero,
              i -> {
                Expr d = sub(elements.at(i, type), m);
                return mul(d, d);
              },
              (p, q) -> add(p, q));
      return List.of(m, squares);
    }
  }

  /** Rows are tiles of the channels of a set; parts are added in order. */
  private static Executable merge(Key key) {
    Type t = key.dtype.type().value();
    RowKernel k =
        new RowKernel("channel_" + key.sums.name().toLowerCase(java.util.Locale.ROOT) + "_merge");
    int first = k.reads(key.dtype);
    int second = k.reads(key.dtype);
    int[] out = {k.writes(key.dtype), k.writes(key.dtype)};
    Expr channels = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr parts = k.param(Type.I64);
    Expr repeats = k.param(Type.I64);
    Expr size = k.param(Type.I64);
    Expr total = k.param(Type.I64);
    Lines.tile(
        k,
        channels,
        set -> {
          Expr each = k.let("each", mul(repeats, inner));
          Expr steps = k.let("steps", mul(parts, each));
          Expr from = k.let("from", mul(mul(set, steps), channels));
          Expr count = k.let("count", cast(t, mul(total, each)));
          return channel -> {
            Elements fold = new Elements(k, first, int64(0), int64(1), Elements.Order.SERIAL);
            java.util.function.Function<Expr, Expr> place =
                i ->
                    add(
                        from,
                        add(mul(add(mul(div(i, inner), channels), channel), inner), rem(i, inner)));
            java.util.function.Function<Expr, Expr> weight =
                i -> cast(t, min(size, sub(total, mul(div(i, each), size))));
            Expr zero = constant(t, 0);
            Expr to = add(mul(set, channels), channel);
            if (key.sums == GRADIENTS) {
              List<Expr> sums =
                  fold.fold(
                      steps,
                      List.of(zero, zero),
                      i -> List.of(k.at(first, place.apply(i), t), k.at(second, place.apply(i), t)),
                      (p, q) -> List.of(add(p.get(0), q.get(0)), add(p.get(1), q.get(1))));
              k.add(k.store(out[0], to, sums.get(0)));
              k.add(k.store(out[1], to, sums.get(1)));
              return;
            }
            Expr sum =
                fold.fold(
                    steps,
                    zero,
                    i -> mul(weight.apply(i), k.at(first, place.apply(i), t)),
                    (p, q) -> add(p, q));
            Expr mean = k.let("mean", div(sum, count));
            Expr squares =
                fold.fold(
                    steps,
                    zero,
                    i -> {
                      Expr d = sub(k.at(first, place.apply(i), t), mean);
                      return fma(mul(weight.apply(i), d), d, k.at(second, place.apply(i), t));
                    },
                    (p, q) -> add(p, q));
            k.add(k.store(out[0], to, mean));
            k.add(k.store(out[1], to, div(squares, count)));
          };
        });
    return k.build();
  }
}
