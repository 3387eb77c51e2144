package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Kernels over windows of [n, channels, places...]. A row is a line of places along the last
 * dimension; vectors run along it, or across channels where these are last in memory. Gradients are
 * gathered from the windows that hold an element, so that each is summed by one thread.
 */
final class PoolKernels {
  /** What a kernel computes. */
  enum Pass {
    MAX,
    AVERAGE,
    MAX_GRADIENT,
    AVERAGE_GRADIENT;

    boolean max() {
      return this == MAX || this == MAX_GRADIENT;
    }

    boolean gradient() {
      return this == MAX_GRADIENT || this == AVERAGE_GRADIENT;
    }
  }

  /** What an average divides by: {@code fixed} unless that is 0. */
  record Divisor(Counting counting, long fixed) {
    static final Divisor NONE = new Divisor(Counting.EXCLUDE_PADDING, 0);
  }

  private record Key(Pass pass, Windows windows, Divisor divisor, DType dtype, boolean last) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private final Key key;
  private final RowKernel k;
  private final Type t;
  private final int rank;
  private final int values;
  private final int indices;
  private final int result;
  private final Expr[] in;
  private final Expr[] out;
  private final Expr channels;

  /** The place that is computed, in the result's sizes. */
  private final Expr[] at;

  /** The first element of the sample or plane that is read. */
  private Expr base;

  private Expr column;

  private PoolKernels(Key key) {
    this.key = key;
    k = new RowKernel("pool_" + key.pass.name().toLowerCase(java.util.Locale.ROOT));
    t = key.dtype.type().value();
    rank = key.windows.rank();
    values = k.reads(key.dtype);
    int second = key.pass == Pass.MAX_GRADIENT ? k.reads(DType.INT64) : -1;
    result = k.writes(key.dtype);
    indices = key.pass == Pass.MAX ? k.writes(DType.INT64) : second;
    in = sizes();
    out = sizes();
    channels = k.param(Type.I64);
    at = new Expr[rank];
  }

  private Expr[] sizes() {
    Expr[] sizes = new Expr[rank];
    for (int d = 0; d < rank; d++) {
      sizes[d] = k.param(Type.I64);
    }
    return sizes;
  }

  /**
   * Runs a pass from {@code values}, for a gradient of the maximum also from its {@code indices},
   * into {@code result} and, for the maximum, {@code indices}; all in one memory order.
   *
   * @param in the places of the pooled tensor, {@code out} those of its pooling
   */
  static void run(
      String op,
      Pass pass,
      Windows windows,
      Divisor divisor,
      boolean last,
      Shape in,
      Shape out,
      Tensor values,
      Tensor indices,
      Tensor result) {
    if (result.elements() == 0) {
      return;
    }
    Key key = new Key(pass, windows, divisor, result.dtype(), last);
    int rank = in.rank();
    long[] params = new long[2 * rank + 1];
    for (int d = 0; d < rank; d++) {
      params[d] = in.dim(d);
      params[rank + d] = out.dim(d);
    }
    params[2 * rank] = result.dim(1);
    long width = result.dim(-1) * (last ? result.dim(1) : 1);
    Tensor read = ChannelView.dense(values, last);
    Tensor[] buffers =
        switch (pass) {
          case MAX -> new Tensor[] {read, result, indices};
          case MAX_GRADIENT -> new Tensor[] {read, ChannelView.dense(indices, last), result};
          default -> new Tensor[] {read, result};
        };
    KERNELS
        .computeIfAbsent(key, it -> new PoolKernels(it).build())
        .launch(op, result.elements() / width, width * work(pass, windows), buffers, params, null);
  }

  private static long work(Pass pass, Windows windows) {
    return !pass.gradient() && windows instanceof Windows.Strided s ? s.kernel().elements() : 1;
  }

  private Executable build() {
    Expr[] to = key.pass.gradient() ? in : out;
    Expr[] from = key.pass.gradient() ? out : in;
    Expr rest = k.row;
    for (int d = rank - 2; d >= 0; d--) {
      at[d] = k.let("at", rem(rest, to[d]));
      rest = k.let("rest", div(rest, to[d]));
    }
    Expr places = from[0];
    for (int d = 1; d < rank; d++) {
      places = mul(places, from[d]);
    }
    base = k.let("base", mul(rest, key.last ? mul(places, channels) : places));
    Expr width = to[rank - 1];
    Expr.Var w = k.fresh("w", Type.I64);
    at[rank - 1] = w;
    if (!key.last) {
      Expr first = k.let("first", mul(k.row, width));
      k.add(new Stmt.Vector(w, width, k.block(() -> element(add(first, w)))));
      return k.build();
    }
    Expr line = k.let("line", mul(k.row, width));
    List<Stmt> body =
        k.block(
            () -> {
              Expr first = k.let("first", mul(add(line, w), channels));
              Expr.Var c = k.fresh("c", Type.I64);
              column = c;
              k.add(new Stmt.Vector(c, channels, k.block(() -> element(add(first, c)))));
            });
    k.add(new Stmt.Serial(w, width, List.of(), body));
    return k.build();
  }

  private void element(Expr to) {
    if (key.pass.gradient()) {
      List<Expr> sum = covering(0, List.of(constant(t, 0)), int64(0), TRUE, int64(1));
      k.add(k.store(result, to, sum.get(0)));
    } else if (key.pass == Pass.MAX) {
      Expr first = int64(0);
      for (int d = 0; d < rank; d++) {
        first = add(mul(first, in[d]), span(d).first());
      }
      Expr least = constant(t, Double.NEGATIVE_INFINITY);
      List<Expr> best = window(0, List.of(least, first), int64(0), TRUE);
      k.add(k.store(result, to, best.get(0)));
      k.add(k.store(indices, to, best.get(1)));
    } else {
      Expr sum = window(0, List.of(constant(t, 0)), int64(0), TRUE).get(0);
      Expr size = int64(1);
      for (int d = 0; d < rank; d++) {
        size = mul(size, size(d, at[d]));
      }
      k.add(k.store(result, to, div(sum, divisor(size))));
    }
  }

  private Expr size(int d, Expr o) {
    return key.divisor.fixed != 0
        ? int64(1)
        : key.windows.size(d, o, in[d], out[d], key.divisor.counting);
  }

  private Expr divisor(Expr size) {
    return cast(t, key.divisor.fixed != 0 ? int64(key.divisor.fixed) : size);
  }

  private Windows.Span span(int d) {
    return key.windows.span(d, at[d], in[d], out[d]);
  }

  private Expr value(Expr place) {
    Expr element = key.last ? add(mul(place, channels), column) : place;
    return k.at(values, add(base, element), t);
  }

  /** Whether vectors run along {@code d}: all lanes then take as many steps, some for nothing. */
  private Windows.Strided lanes(int d) {
    return !key.last && d == rank - 1 && key.windows instanceof Windows.Strided s ? s : null;
  }

  /** What a loop's body makes of its index and of the carried values. */
  private interface Body {
    List<Expr> next(Expr i, List<Expr> carried);
  }

  private List<Expr> loop(Expr extent, List<Expr> init, Body body) {
    Expr.Var i = k.fresh("i", Type.I64);
    List<Expr> variables = new ArrayList<>();
    init.forEach(e -> variables.add(k.fresh("acc", e.type())));
    List<Expr> next = new ArrayList<>();
    List<Stmt> statements = k.block(() -> next.addAll(body.next(i, variables)));
    List<Stmt.Carried> carried = new ArrayList<>();
    for (int j = 0; j < init.size(); j++) {
      carried.add(new Stmt.Carried((Expr.Var) variables.get(j), init.get(j), next.get(j)));
    }
    k.add(new Stmt.Serial(i, extent, carried, statements));
    return variables;
  }

  /** Folds the elements of the window at {@link #at}, from dimension {@code d} on. */
  private List<Expr> window(int d, List<Expr> carried, Expr place, Expr valid) {
    if (d == rank) {
      return folded(carried, place, valid);
    }
    Windows.Strided lanes = lanes(d);
    if (lanes != null) {
      Expr begin = k.let("begin", lanes.begin(d, at[d]));
      long step = lanes.dilation().dim(d);
      boolean inside = lanes.padding().dim(d) == 0 && lanes.rounding() == Rounding.FLOOR;
      return loop(
          int64(lanes.kernel().dim(d)),
          carried,
          (i, now) -> {
            Expr p = add(begin, mul(i, int64(step)));
            Expr there = inside ? valid : and(ge(p, int64(0)), lt(p, in[d]));
            Expr near = inside ? p : max(int64(0), min(p, sub(in[d], int64(1))));
            return window(d + 1, now, add(mul(place, in[d]), near), there);
          });
    }
    Windows.Span span = span(d);
    Expr first = k.let("first", span.first());
    return loop(
        k.let("taps", span.taps()),
        carried,
        (i, now) -> {
          Expr p = add(first, mul(i, int64(span.step())));
          Expr next = k.let("place", add(mul(place, in[d]), p));
          return window(d + 1, now, next, valid);
        });
  }

  private List<Expr> folded(List<Expr> carried, Expr place, Expr valid) {
    Expr v = k.let("v", value(place));
    if (key.pass == Pass.AVERAGE) {
      return List.of(add(carried.get(0), select(valid, v, constant(t, 0))));
    }
    Expr best = carried.get(0);
    Expr better = and(valid, or(gt(v, best), isNan(v)));
    return List.of(select(better, v, best), select(better, place, carried.get(1)));
  }

  /** Sums over the windows that hold the element {@link #at}, from dimension {@code d} on. */
  private List<Expr> covering(int d, List<Expr> carried, Expr place, Expr valid, Expr size) {
    if (d == rank) {
      return summed(carried, place, valid, size);
    }
    Windows.Strided lanes = lanes(d);
    if (lanes != null) {
      Expr last = k.let("last", lanes.lastWith(d, at[d]));
      return loop(
          int64(lanes.overlap(d)),
          carried,
          (i, now) -> {
            Expr o = sub(last, i);
            Expr there = and(and(ge(o, int64(0)), lt(o, out[d])), lanes.holds(d, o, at[d]));
            Expr near = max(int64(0), min(o, sub(out[d], int64(1))));
            Expr next = add(mul(place, out[d]), near);
            return covering(d + 1, now, next, and(valid, there), sized(d, size, near));
          });
    }
    Expr first = k.let("first", key.windows.firstWith(d, at[d], in[d], out[d]));
    Expr end = key.windows.endWith(d, at[d], in[d], out[d]);
    return loop(
        k.let("windows", sub(end, first)),
        carried,
        (i, now) -> {
          Expr o = k.let("o", add(first, i));
          Expr next = k.let("place", add(mul(place, out[d]), o));
          return covering(d + 1, now, next, valid, sized(d, size, o));
        });
  }

  private Expr sized(int d, Expr size, Expr o) {
    return key.pass.max() ? size : mul(size, size(d, o));
  }

  private List<Expr> summed(List<Expr> carried, Expr place, Expr valid, Expr size) {
    Expr g = k.let("g", value(place));
    Expr share;
    Expr counts = valid;
    if (key.pass.max()) {
      Expr me = int64(0);
      for (int d = 0; d < rank; d++) {
        me = add(mul(me, in[d]), at[d]);
      }
      Expr element = key.last ? add(mul(place, channels), column) : place;
      counts = and(valid, eq(k.at(indices, add(base, element), Type.I64), me));
      share = g;
    } else {
      share = div(g, divisor(size));
    }
    return List.of(add(carried.get(0), select(counts, share, constant(t, 0))));
  }
}
