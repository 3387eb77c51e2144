package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import io.arclight.tensor.op.EmbeddingBagOp.Bags;
import io.arclight.tensor.op.EmbeddingBagOp.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The kernels of {@link EmbeddingBagOp}: rows are read once, sums stay in registers. */
final class BagKernels {
  private record Key(
      DType dtype, DType index, DType offsets, Mode mode, boolean scaled, boolean backward) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private BagKernels() {}

  static void forward(
      EmbeddingBagOp op, Bags bags, Tensor table, Tensor weights, Tensor out, Tensor second) {
    List<Tensor> buffers = new ArrayList<>(List.of(bags.index(), table));
    launch(op, bags, weights, false, table.dim(0), table.dim(1), buffers, out, second);
  }

  /** Adds the gradient of a sum or mean to {@code table}, which is wide. */
  static void backward(
      EmbeddingBagOp op, Bags bags, Tensor g, Tensor scale, Tensor counts, Tensor table) {
    List<Tensor> buffers = new ArrayList<>(List.of(bags.index(), g));
    launch(op, bags, scale, true, table.dim(0), table.dim(1), buffers, counts, table);
  }

  private static void launch(
      EmbeddingBagOp op,
      Bags bags,
      Tensor scale,
      boolean backward,
      long n,
      long d,
      List<Tensor> buffers,
      Tensor first,
      Tensor second) {
    if (d == 0 || bags.count() == 0) {
      return;
    }
    if (bags.offsets() != null) {
      buffers.add(bags.offsets());
    }
    if (scale != null) {
      buffers.add(scale.contiguous());
    }
    DType dtype = buffers.get(1).dtype();
    buffers.add(first);
    buffers.add(second);
    DType offsets = bags.offsets() == null ? null : bags.offsets().dtype();
    long total = bags.index().elements();
    long chunks = (d + ScatterRules.CHUNK - 1) / ScatterRules.CHUNK;
    KERNELS
        .computeIfAbsent(
            new Key(dtype, bags.index().dtype(), offsets, op.mode(), scale != null, backward),
            k -> k.backward ? backward(k) : forward(k))
        .launch(
            "embeddingBag",
            backward ? chunks : bags.count(),
            backward ? total * Math.min(d, ScatterRules.CHUNK) : d * (1 + total / bags.count()),
            buffers.toArray(new Tensor[0]),
            new long[] {
              n,
              d,
              total,
              bags.count(),
              bags.offsets() == null ? bags.length() : bags.offsets().dim(0),
              op.paddingIdx()
            },
            bags.offsets() == null
                ? n + " rows"
                : "the table has " + n + " rows; offsets ascend from 0 to at most " + total);
  }

  /** Buffers and parameters that both kernels have. */
  private static final class Common {
    final RowKernel k;
    final int index;
    final int rows;
    final int offsets;
    final int scale;
    final Type t;
    Expr n;
    Expr d;
    Expr total;
    Expr bags;
    Expr length;
    Expr padding;

    Common(Key key) {
      k = new RowKernel(key.backward ? "embedding_bag_backward" : "embedding_bag");
      index = k.reads(key.index);
      rows = k.reads(key.dtype);
      offsets = key.offsets == null ? -1 : k.reads(key.offsets);
      scale = key.scaled ? k.reads(key.dtype) : -1;
      t = k.type(rows);
    }

    void params() {
      n = k.param(Type.I64);
      d = k.param(Type.I64);
      total = k.param(Type.I64);
      bags = k.param(Type.I64);
      length = k.param(Type.I64);
      padding = k.param(Type.I64);
    }

    Expr begin(Expr bag) {
      return offsets < 0 ? mul(bag, length) : k.at(offsets, bag, Type.I64);
    }

    /** The number of indices of a bag; none, with an error, where offsets do not ascend. */
    Expr size(Expr bag, Expr begin) {
      if (offsets < 0) {
        return length;
      }
      Expr next = add(bag, int64(1));
      Expr inside = lt(next, length);
      Expr after = k.at(offsets, select(inside, next, bag), Type.I64);
      Expr end = select(inside, after, total);
      Expr ok = and(and(ge(begin, int64(0)), le(begin, end)), le(end, total));
      Expr first = or(gt(bag, int64(0)), eq(begin, int64(0)));
      return new Expr.Check(
          and(ok, first), ErrorCode.OUT_OF_DOMAIN, begin, sub(end, begin), int64(0));
    }

    Expr place(Expr at) {
      return Indexing.checked(k, index, at, n, Bounds.STRICT);
    }

    Expr padded(Expr at) {
      return eq(k.at(index, at, Type.I64), padding);
    }
  }

  private static Executable forward(Key key) {
    Common c = new Common(key);
    RowKernel k = c.k;
    int out = k.writes(key.dtype);
    int second = k.writes(DType.INT64);
    c.params();
    Expr begin = k.let("begin", c.begin(k.row));
    Expr size = k.let("size", c.size(k.row, begin));
    Expr base = k.base(c.d);
    Expr.Var count = k.fresh("count", Type.I64);
    if (key.mode != Mode.MAX) {
      Expr.Var p = k.fresh("p", Type.I64);
      Expr more = select(c.padded(add(begin, p)), count, add(count, int64(1)));
      k.add(new Stmt.Serial(p, size, List.of(new Stmt.Carried(count, int64(0), more)), List.of()));
      k.add(k.store(second, k.row, count));
    }
    Expr.Var i = k.fresh("i", Type.I64);
    List<Stmt> column =
        k.block(
            () -> {
              Expr.Var p = k.fresh("p", Type.I64);
              Expr.Var sum = k.fresh("sum", c.t);
              Expr.Var from = k.fresh("from", Type.I64);
              Expr at = add(begin, p);
              Expr row = k.at(c.rows, add(mul(c.place(at), c.d), i), c.t);
              Expr value = key.scaled ? mul(k.at(c.scale, at, c.t), row) : row;
              Expr zero = constant(c.t, 0);
              if (key.mode == Mode.MAX) {
                Expr better = or(lt(from, int64(0)), gt(value, sum));
                Expr takes = and(not(c.padded(at)), better);
                k.add(
                    new Stmt.Serial(
                        p,
                        size,
                        List.of(
                            new Stmt.Carried(sum, zero, select(takes, value, sum)),
                            new Stmt.Carried(from, int64(-1), select(takes, at, from))),
                        List.of()));
                k.add(k.store(out, add(base, i), sum));
                k.add(k.store(second, add(base, i), from));
                return;
              }
              Expr next = select(c.padded(at), sum, add(sum, value));
              k.add(
                  new Stmt.Serial(p, size, List.of(new Stmt.Carried(sum, zero, next)), List.of()));
              Expr divisor = cast(c.t, max(count, int64(1)));
              k.add(k.store(out, add(base, i), key.mode == Mode.MEAN ? div(sum, divisor) : sum));
            });
    k.add(new Stmt.Vector(i, c.d, column));
    return k.build();
  }

  private static Executable backward(Key key) {
    Common c = new Common(key);
    RowKernel k = c.k;
    int counts = k.reads(DType.INT64);
    int table = k.updates(key.dtype.accumulator());
    c.params();
    Expr low = k.let("low", mul(k.row, int64(ScatterRules.CHUNK)));
    Expr extent = k.let("extent", min(int64(ScatterRules.CHUNK), sub(c.d, low)));
    Expr.Var b = k.fresh("b", Type.I64);
    Expr.Var p = k.fresh("p", Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    List<Stmt> bag =
        k.block(
            () -> {
              Expr begin = k.let("begin", c.begin(b));
              Expr size = k.let("size", c.size(b, begin));
              Expr count = max(k.at(counts, b, Type.I64), int64(1));
              Expr whole =
                  key.mode == Mode.MEAN
                      ? k.let("whole", div(constant(c.t, 1), cast(c.t, count)))
                      : constant(c.t, 1);
              List<Stmt> entry =
                  k.block(
                      () -> {
                        Expr at = add(begin, p);
                        Expr padded = k.let("padded", c.padded(at));
                        Expr to = k.let("to", add(mul(c.place(at), c.d), low));
                        Expr factor =
                            k.let(
                                "factor", key.scaled ? mul(whole, k.at(c.scale, at, c.t)) : whole);
                        Expr g = k.at(c.rows, add(add(mul(b, c.d), low), i), c.t);
                        Expr old = k.at(table, add(to, i), c.t);
                        Expr value = select(padded, old, add(old, mul(factor, g)));
                        k.add(
                            new Stmt.Vector(i, extent, List.of(k.store(table, add(to, i), value))));
                      });
              k.add(new Stmt.Serial(p, size, List.of(), entry));
            });
    k.add(new Stmt.Serial(b, c.bags, List.of(), bag));
    return k.build();
  }
}
