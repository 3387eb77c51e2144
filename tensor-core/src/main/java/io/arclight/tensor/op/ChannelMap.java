package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Elementwise kernels with numbers for each channel. */
enum ChannelMap {
  /** (x - t0) * t1 + t2. */
  NORMALIZE(1, 3) {
    @Override
    Expr value(List<Expr> x, List<Expr> t) {
      return fma(sub(x.get(0), t.get(0)), t.get(1), t.get(2));
    }
  },
  /** g * t1 + (x - t0) * t2 + t3. */
  GRADIENT(2, 4) {
    @Override
    Expr value(List<Expr> x, List<Expr> t) {
      Expr centred = sub(x.get(1), t.get(0));
      return fma(x.get(0), t.get(1), fma(centred, t.get(2), t.get(3)));
    }
  },
  /** x * t0. */
  SCALE(1, 1) {
    @Override
    Expr value(List<Expr> x, List<Expr> t) {
      return mul(x.get(0), t.get(0));
    }
  };

  private record Key(ChannelMap map, DType dtype, ChannelView.Form form) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private final int elements;
  private final int tables;

  ChannelMap(int elements, int tables) {
    this.elements = elements;
    this.tables = tables;
  }

  abstract Expr value(List<Expr> x, List<Expr> t);

  /**
   * Into {@code out}, from elements in the view's order and numbers [batch, channels] in the
   * accumulator of its dtype.
   */
  void run(String op, ChannelView view, Tensor out, Tensor[] x, Tensor... numbers) {
    if (out.elements() == 0) {
      return;
    }
    Tensor[] buffers = new Tensor[elements + tables + 1];
    for (int i = 0; i < elements; i++) {
      buffers[i] = view.dense(x[i]);
    }
    for (int i = 0; i < tables; i++) {
      buffers[elements + i] = view.table(numbers[i]);
    }
    buffers[elements + tables] = out;
    boolean planes = view.form() == ChannelView.Form.PLANES;
    long width = planes ? view.inner() : view.width();
    KERNELS
        .computeIfAbsent(new Key(this, out.dtype(), view.form()), ChannelMap::build)
        .launch(
            op,
            out.elements() / width,
            width,
            buffers,
            new long[] {width, view.outer(), view.channels()},
            null);
  }

  private static Executable build(Key key) {
    ChannelMap map = key.map;
    Type t = key.dtype.type().value();
    RowKernel k = new RowKernel("channel_" + map.name().toLowerCase(java.util.Locale.ROOT));
    int[] x = new int[map.elements];
    int[] numbers = new int[map.tables];
    for (int i = 0; i < x.length; i++) {
      x[i] = k.reads(key.dtype);
    }
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = k.reads(key.dtype.accumulator());
    }
    int y = k.writes(key.dtype);
    Expr width = k.param(Type.I64);
    Expr outer = k.param(Type.I64);
    Expr channels = k.param(Type.I64);
    Expr base = k.base(width);
    boolean planes = key.form == ChannelView.Form.PLANES;
    List<Expr> plane = new ArrayList<>();
    Expr from;
    if (planes) {
      Expr set = div(k.row, mul(outer, channels));
      from = k.let("from", add(mul(set, channels), rem(k.row, channels)));
      for (int table : numbers) {
        plane.add(k.let("t", k.at(table, from, t)));
      }
    } else {
      from = k.let("from", mul(div(k.row, outer), width));
    }
    k.map(
        y,
        base,
        width,
        i -> {
          List<Expr> elements = new ArrayList<>();
          for (int buffer : x) {
            elements.add(k.at(buffer, add(base, i), t));
          }
          List<Expr> column = new ArrayList<>(plane);
          for (int j = 0; !planes && j < numbers.length; j++) {
            column.add(k.at(numbers[j], add(from, i), t));
          }
          return map.value(elements, column);
        });
    return k.build();
  }
}
