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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs reductions: over rows of contiguous elements; over columns where the reduced dimension lies
 * outside a contiguous one; else on a copy with the reduced dimensions last.
 */
final class Reduction {
  private enum Path {
    ROWS,
    COLUMNS,
    BLOCKS,
    FOLD
  }

  private record Key(ReduceOp.Kind kind, DType in, DType out, Path path) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  /** Blocks from which a single long row is shared among threads. */
  private static final long MANY_BLOCKS = 16;

  private Reduction() {}

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

  static Tensor run(ReduceOp.Kind kind, int[] over, Spec spec, Tensor x) {
    Tensor out = Tensor.allocate(kind.name(), spec);
    if (out.elements() == 0) {
      return out;
    }
    long n = count(x.shape(), over);
    if (x.isContiguous()
        && columns(over)
        && foldable(kind)
        && over[over.length - 1] < x.rank() - 1) {
      long inner = 1;
      for (int d = over[over.length - 1] + 1; d < x.rank(); d++) {
        inner *= x.dim(d);
      }
      if (inner > 1) {
        launch(kind, Path.COLUMNS, x, out, out.elements() / inner, n * inner, n, inner);
        return out;
      }
    }
    Tensor rows = rows(x, over);
    long blocks = (n + Kernel.BLOCK - 1) / Kernel.BLOCK;
    if (out.elements() == 1 && blocks >= MANY_BLOCKS && foldable(kind)) {
      DType partial =
          kind == ReduceOp.Kind.ANY || kind == ReduceOp.Kind.ALL
              ? DType.BOOL
              : spec.dtype().accumulator();
      Tensor partials = Tensor.allocate(kind.name(), Shape.of(blocks), partial, x.device());
      launch(kind, Path.BLOCKS, rows, partials, blocks, Kernel.BLOCK, n, 1);
      launch(kind, Path.FOLD, partials, out, 1, blocks, n, blocks);
    } else {
      launch(kind, Path.ROWS, rows, out, out.elements(), n, n, 1);
    }
    return out;
  }

  /** Whether the reduced dimensions are adjacent. */
  private static boolean columns(int[] over) {
    for (int i = 1; i < over.length; i++) {
      if (over[i] != over[i - 1] + 1) {
        return false;
      }
    }
    return over.length > 0;
  }

  private static boolean foldable(ReduceOp.Kind kind) {
    return switch (kind) {
      case SUM, MEAN, PROD, AMAX, AMIN, ANY, ALL, NORM -> true;
      case VAR, ARGMAX, ARGMIN, LOGSUMEXP -> false;
    };
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

  private static void launch(
      ReduceOp.Kind kind, Path path, Tensor x, Tensor out, long rows, long work, long n, long m) {
    KERNELS
        .computeIfAbsent(new Key(kind, x.dtype(), out.dtype(), path), Reduction::build)
        .launch(
            kind.name().toLowerCase(java.util.Locale.ROOT),
            rows,
            work,
            new Tensor[] {x, out},
            new long[] {n, m},
            null);
  }

  private static Executable build(Key key) {
    RowKernel k = new RowKernel(key.kind.name().toLowerCase(java.util.Locale.ROOT));
    int in = k.reads(key.in);
    int out = k.writes(key.out);
    Expr n = k.param(Type.I64);
    Expr m = k.param(Type.I64);
    switch (key.path) {
      case ROWS -> {
        Expr base = k.base(n);
        k.add(k.store(out, k.row, ReductionRules.result(key.kind, k, in, base, n, key.out)));
      }
      case COLUMNS -> columns(key, k, in, out, n, m);
      case BLOCKS -> {
        Fold f = ReductionRules.fold(key.kind, key.out);
        Expr base = k.base(int64(Kernel.BLOCK));
        Expr extent = min(int64(Kernel.BLOCK), sub(n, base));
        Expr sum =
            k.reduce("sum", extent, f.identity(), i -> f.value(k, in, add(base, i)), f::combine);
        k.add(k.store(out, k.row, sum));
      }
      case FOLD -> {
        Fold f = ReductionRules.fold(key.kind, key.out);
        Type type = f.identity().type();
        Expr.Var i = k.fresh("i", Type.I64);
        Expr.Var total = k.fresh("total", type);
        Expr next = f.combine(total, k.at(in, add(i, int64(1)), type));
        Expr first = k.let("first", k.at(in, int64(0), type));
        k.add(
            new Stmt.Serial(
                i, sub(m, int64(1)), List.of(new Stmt.Carried(total, first, next)), List.of()));
        k.add(k.store(out, k.row, f.finish(total, n)));
      }
    }
    return k.build();
  }

  /** Rows are outer indices; each column folds its elements in order, in blocks for accuracy. */
  private static void columns(Key key, RowKernel k, int in, int out, Expr n, Expr inner) {
    Fold f = ReductionRules.fold(key.kind, key.out);
    Type type = f.identity().type();
    Expr base = k.let("base", mul(k.row, mul(n, inner)));
    Expr target = k.let("target", mul(k.row, inner));
    Expr.Var column = k.fresh("c", Type.I64);
    Expr.Var r = k.fresh("r", Type.I64);
    Expr.Var acc = k.fresh("acc", type);
    Expr index = add(add(base, mul(r, inner)), column);
    Expr next = f.combine(acc, f.value(k, in, index));
    List<Stmt> body = new ArrayList<>();
    body.add(new Stmt.Serial(r, n, List.of(new Stmt.Carried(acc, f.identity(), next)), List.of()));
    body.add(k.store(out, add(target, column), f.finish(acc, n)));
    k.add(new Stmt.Vector(column, inner, body));
  }

  /** A reduction that folds one value. */
  interface Fold {
    Expr identity();

    Expr value(RowKernel k, int buffer, Expr index);

    Expr combine(Expr a, Expr b);

    Expr finish(Expr total, Expr n);
  }
}
