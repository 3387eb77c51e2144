package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Dim;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Layout;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Kernel;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs reductions over [outer, n, inner] around the reduced dimensions where these lie side by
 * side, else over a copy that has them last. Long ones are cut into parts of a fixed size, whose
 * tuples are merged in order, so that the bits depend on the shape alone.
 */
final class Reduction {
  /** Blocks from which a row is cut into them. */
  private static final long MANY_BLOCKS = 16;

  /** Rows from which there is work for all threads without cutting them. */
  private static final long MANY_ROWS = 64;

  /** Rows of a part where the reduced dimension is not the innermost. */
  private static final long PART = 256;

  private enum Path {
    WHOLE,
    ROW_PARTS,
    COLUMN_PARTS,
    MERGE
  }

  private record Key(
      ReduceOp.Kind kind, double argument, DType in, List<DType> outputs, Path path, Lines lines) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  private final ReduceOp.Kind kind;
  private final double argument;
  private final DType in;
  private final List<DType> outputs;
  private final ReductionRule rule;

  private Reduction(ReduceOp.Kind kind, double argument, DType in, List<DType> outputs) {
    this.kind = kind;
    this.argument = argument;
    this.in = in;
    this.outputs = outputs;
    this.rule = ReductionRules.of(kind, argument, in, outputs.get(0));
  }

  static Shape shape(Shape in, int[] over, Dim.Keep keep) {
    long[] dims = new long[keep == Dim.Keep.KEEP ? in.rank() : in.rank() - over.length];
    int next = 0;
    for (int d = 0, o = 0; d < in.rank(); d++) {
      boolean reduced = o < over.length && over[o] == d;
      if (reduced) {
        o++;
      }
      if (!reduced) {
        dims[next++] = in.dim(d);
      } else if (keep == Dim.Keep.KEEP) {
        dims[next++] = 1;
      }
    }
    return Shape.of(dims);
  }

  static long count(Shape in, int[] over) {
    long n = 1;
    for (int d : over) {
      n *= in.dim(d);
    }
    return n;
  }

  static Tensor[] run(ReduceOp op, int[] over, List<Spec> specs, Tensor x) {
    Tensor[] out = new Tensor[specs.size()];
    List<DType> dtypes = new ArrayList<>();
    for (int i = 0; i < out.length; i++) {
      out[i] = Tensor.allocate(op.name(), specs.get(i));
      dtypes.add(specs.get(i).dtype());
    }
    if (out[0].elements() == 0) {
      return out;
    }
    Reduction r = new Reduction(op.kind(), op.argument(), x.dtype(), dtypes);
    long n = count(x.shape(), over);
    long inner = 1;
    boolean inPlace = x.isContiguous() && adjacent(over);
    for (int d = over.length == 0 ? x.rank() : over[over.length - 1] + 1;
        inPlace && d < x.rank(); ) {
      inner *= x.dim(d++);
    }
    r.reduce(inPlace ? x : rows(x, over), out, n, inner);
    return out;
  }

  private static boolean adjacent(int[] over) {
    return over.length == 0 || over[over.length - 1] - over[0] == over.length - 1;
  }

  private void reduce(Tensor x, Tensor[] out, long n, long inner) {
    long outer = out[0].elements() / inner;
    if (inner == 1 && n >= MANY_BLOCKS * Kernel.BLOCK && outer < MANY_ROWS) {
      long parts = (n + Kernel.BLOCK - 1) / Kernel.BLOCK;
      Tensor[] partial = partials(x, outer, parts, 1);
      launch(Path.ROW_PARTS, x, partial, outer * parts, Kernel.BLOCK, n, 1, parts);
      merge(partial, out, n, 1, parts);
    } else if (inner > 1 && n >= 2 * PART) {
      long parts = (n + PART - 1) / PART;
      long tiles = (inner + Lines.TILE - 1) / Lines.TILE;
      long work = PART * Math.min(inner, Lines.TILE);
      Tensor[] partial = partials(x, outer, parts, inner);
      launch(Path.COLUMN_PARTS, x, partial, outer * parts * tiles, work, n, inner, parts);
      merge(partial, out, n, inner, parts);
    } else {
      Lines lines = Lines.of(n, inner);
      lines.launch(label(), kernel(Path.WHOLE, lines), outer, n, inner, joined(x, out));
    }
  }

  private Tensor[] partials(Tensor x, long outer, long parts, long inner) {
    Tensor[] out = new Tensor[rule.types().size()];
    for (int i = 0; i < out.length; i++) {
      DType dtype = stored(rule.types().get(i));
      out[i] = Tensor.allocate(kind.name(), Shape.of(outer, parts, inner), dtype, x.device());
    }
    return out;
  }

  private static DType stored(Type type) {
    return switch (type) {
      case F64 -> DType.FLOAT64;
      case F32 -> DType.FLOAT32;
      case I64 -> DType.INT64;
      case I32 -> DType.INT32;
      case BOOL -> DType.BOOL;
      default -> throw new IllegalStateException(type + " is not a value type");
    };
  }

  private void merge(Tensor[] partial, Tensor[] out, long n, long inner, long parts) {
    Tensor[] buffers = new Tensor[partial.length + out.length];
    System.arraycopy(partial, 0, buffers, 0, partial.length);
    System.arraycopy(out, 0, buffers, partial.length, out.length);
    long outer = out[0].elements() / inner;
    long tiles = (inner + Lines.TILE - 1) / Lines.TILE;
    long work = parts * Math.min(inner, Lines.TILE);
    kernel(Path.MERGE, null)
        .launch(label(), outer * tiles, work, buffers, new long[] {n, inner, parts}, null);
  }

  private void launch(
      Path path, Tensor x, Tensor[] out, long rows, long work, long n, long inner, long parts) {
    kernel(path, null)
        .launch(label(), rows, work, joined(x, out), new long[] {n, inner, parts}, null);
  }

  private static Tensor[] joined(Tensor x, Tensor[] out) {
    Tensor[] buffers = new Tensor[out.length + 1];
    buffers[0] = x;
    System.arraycopy(out, 0, buffers, 1, out.length);
    return buffers;
  }

  private String label() {
    return kind.name().toLowerCase(java.util.Locale.ROOT);
  }

  private Executable kernel(Path path, Lines lines) {
    return KERNELS.computeIfAbsent(
        new Key(kind, argument, in, outputs, path, lines), key -> build(path, lines));
  }

  // ---- kernels

  private Executable build(Path path, Lines lines) {
    RowKernel k = new RowKernel(label());
    List<Integer> reads = new ArrayList<>();
    if (path == Path.MERGE) {
      rule.types().forEach(t -> reads.add(k.reads(stored(t))));
    } else {
      reads.add(k.reads(in));
    }
    List<Integer> writes = new ArrayList<>();
    if (path == Path.ROW_PARTS || path == Path.COLUMN_PARTS) {
      rule.types().forEach(t -> writes.add(k.writes(stored(t))));
    } else {
      outputs.forEach(t -> writes.add(k.writes(t)));
    }
    if (path == Path.WHOLE) {
      lines.build(
          k,
          line -> {
            List<Expr> tuple = rule.part(line.of(reads.get(0)), line.n(), int64(0));
            store(k, writes, line.number(), rule.finish(tuple, line.n()));
          });
      return k.build();
    }
    Expr n = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    Expr parts = k.param(Type.I64);
    switch (path) {
      case ROW_PARTS -> {
        Expr part = k.let("part", rem(k.row, parts));
        Expr first = k.let("first", mul(part, int64(Kernel.BLOCK)));
        Expr base = k.let("base", add(mul(div(k.row, parts), n), first));
        Expr extent = k.let("extent", min(int64(Kernel.BLOCK), sub(n, first)));
        Elements x = new Elements(k, reads.get(0), base, int64(1), Elements.Order.LANES);
        store(k, writes, k.row, rule.part(x, extent, first));
      }
      case COLUMN_PARTS ->
          Lines.tile(
              k,
              inner,
              row -> {
                Expr first = k.let("first", mul(rem(row, parts), int64(PART)));
                Expr from = k.let("from", mul(add(mul(div(row, parts), n), first), inner));
                Expr extent = k.let("extent", min(int64(PART), sub(n, first)));
                return column -> {
                  Elements x = column(k, reads.get(0), add(from, column), inner);
                  store(k, writes, add(mul(row, inner), column), rule.part(x, extent, first));
                };
              });
      case MERGE ->
          Lines.tile(
              k,
              inner,
              row ->
                  column -> {
                    Expr base = add(mul(row, mul(parts, inner)), column);
                    Expr to = add(mul(row, inner), column);
                    store(k, writes, to, rule.finish(merged(k, reads, base, inner, parts), n));
                  });
      case WHOLE -> throw new IllegalStateException("built above");
    }
    return k.build();
  }

  private static Elements column(RowKernel k, int buffer, Expr base, Expr inner) {
    return new Elements(k, buffer, base, inner, Elements.Order.SERIAL);
  }

  private List<Expr> merged(RowKernel k, List<Integer> reads, Expr base, Expr inner, Expr parts) {
    Expr.Var i = k.fresh("i", Type.I64);
    List<Expr> first = new ArrayList<>();
    List<Expr> later = new ArrayList<>();
    List<Expr> total = new ArrayList<>();
    for (int b = 0; b < reads.size(); b++) {
      Type t = rule.types().get(b);
      first.add(k.let("first", load(reads.get(b), base, t)));
      later.add(load(reads.get(b), add(base, mul(add(i, int64(1)), inner)), t));
      total.add(k.fresh("total", t));
    }
    List<Expr> next = rule.merge(total, later);
    List<Stmt.Carried> carried = new ArrayList<>();
    for (int b = 0; b < reads.size(); b++) {
      carried.add(new Stmt.Carried((Expr.Var) total.get(b), first.get(b), next.get(b)));
    }
    k.add(new Stmt.Serial(i, sub(parts, int64(1)), carried, Collections.emptyList()));
    return total;
  }

  private static void store(RowKernel k, List<Integer> buffers, Expr at, List<Expr> values) {
    for (int i = 0; i < buffers.size(); i++) {
      k.add(k.store(buffers.get(i), at, values.get(i)));
    }
  }

  /** The elements with the reduced dimensions last and dense. */
  static Tensor rows(Tensor x, int[] over) {
    int[] order = new int[x.rank()];
    int at = 0;
    for (int d = 0, o = 0; d < order.length; d++) {
      if (o < over.length && over[o] == d) {
        o++;
      } else {
        order[at++] = d;
      }
    }
    for (int d : over) {
      order[at++] = d;
    }
    Layout moved = x.layout().permute(order);
    Tensor view = x.withLayout(moved);
    return moved.contiguous()
        ? view
        : new ConvertOp(x.dtype(), x.device())
            .eval(List.of(new Spec(moved.shape(), x.dtype(), x.device())), view)[0];
  }
}
