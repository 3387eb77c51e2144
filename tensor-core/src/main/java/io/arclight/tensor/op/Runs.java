package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ValuesIndices;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Kernels over rows in which equal elements stand side by side. */
final class Runs {
  private static final Map<DType, Executable> MODES = new ConcurrentHashMap<>();

  private Runs() {}

  /** The place of each row's most frequent element, [..., 1]. */
  static Tensor mode(Tensor rows) {
    ValuesIndices sorted = SortKeys.sorted(rows, Order.ASCENDING);
    long n = rows.dim(-1);
    long[] dims = rows.shape().toArray();
    dims[dims.length - 1] = 1;
    Tensor out = Tensor.allocate("MODE", Shape.of(dims), DType.INT64, rows.device());
    MODES
        .computeIfAbsent(rows.dtype(), Runs::modeKernel)
        .launch(
            "mode",
            out.elements(),
            n,
            new Tensor[] {sorted.values(), sorted.indices(), out},
            new long[] {n},
            null);
    return out;
  }

  private static Executable modeKernel(DType dtype) {
    RowKernel k = new RowKernel("mode");
    int values = k.reads(dtype);
    int places = k.reads(DType.INT64);
    int out = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var run = k.fresh("run", Type.I64);
    Expr.Var most = k.fresh("most", Type.I64);
    Expr.Var last = k.fresh("last", Type.I64);
    Expr same = same(k, values, base, i);
    Expr length = select(same, add(run, int64(1)), int64(1));
    Expr better = gt(length, most);
    k.add(
        new Stmt.Serial(
            i,
            n,
            List.of(
                new Stmt.Carried(run, int64(0), length),
                new Stmt.Carried(most, int64(0), select(better, length, most)),
                new Stmt.Carried(last, int64(0), select(better, i, last))),
            List.of()));
    k.add(k.store(out, k.row, k.at(places, add(base, last), Type.I64)));
    return k.build();
  }

  /** Whether element {@code i} equals the one before it, which the first does not. */
  private static Expr same(RowKernel k, int values, Expr base, Expr i) {
    Type t = k.type(values);
    Expr before = load(values, add(base, max(sub(i, int64(1)), int64(0))), t);
    return and(gt(i, int64(0)), eq(load(values, add(base, i), t), before));
  }
}
