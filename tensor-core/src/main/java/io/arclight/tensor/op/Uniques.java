package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.Backend;
import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Order;
import io.arclight.tensor.Shape;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.Unique;
import io.arclight.tensor.ValuesIndices;
import io.arclight.tensor.cpu.Lexicographic;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The different elements or slices of a tensor. How many there are decides shapes, so that the host
 * reads it.
 */
public final class Uniques {
  private static final Map<DType, Executable> SAME_ELEMENTS = new ConcurrentHashMap<>();
  private static final Map<DType, Executable> SAME_ROWS = new ConcurrentHashMap<>();

  private static final class Kernels {
    static final Executable GROUPS = groupKernel();
    static final Executable INVERSE = inverseKernel();
  }

  private Uniques() {}

  /** Of all elements, in order. */
  public static Unique of(Tensor x) {
    Tensor flat = x.detach().contiguous().reshape(x.elements());
    if (x.elements() == 0) {
      return none(x, flat);
    }
    ValuesIndices sorted = SortKeys.sorted(flat, Order.ASCENDING);
    return grouped(x, sorted.values(), sorted.indices());
  }

  /** Of elements that differ from the one before. */
  public static Unique consecutive(Tensor x) {
    Tensor flat = x.detach().contiguous().reshape(x.elements());
    return x.elements() == 0 ? none(x, flat) : grouped(x, flat, null);
  }

  private static Unique none(Tensor x, Tensor flat) {
    Tensor counts = Tensor.zeros(Shape.of(0), DType.INT64, x.device());
    return new Unique(flat.copy(), counts.reshape(x.shape()), counts.copy());
  }

  private static Unique grouped(Tensor x, Tensor values, Tensor places) {
    long n = values.elements();
    Tensor same = Tensor.allocate("unique", Shape.of(n), DType.BOOL, x.device());
    SAME_ELEMENTS
        .computeIfAbsent(values.dtype(), Uniques::sameElements)
        .launch("unique", n, 1, new Tensor[] {values, same}, new long[0], null);
    Groups groups = Groups.of(same);
    Tensor starts = groups.starts();
    return new Unique(
        SortKeys.pick(values, starts),
        inverse(groups.numbers, places).reshape(x.shape()),
        groups.counts(starts));
  }

  /** Of the slices along {@code dim}, in the order of their elements. */
  public static Unique slices(Tensor x, int dim) {
    return slices(x, dim, true);
  }

  /** Of slices along {@code dim} that differ from the one before. */
  public static Unique consecutiveSlices(Tensor x, int dim) {
    return slices(x, dim, false);
  }

  private static Unique slices(Tensor x, int dim, boolean sorted) {
    int d = x.shape().wrap(dim);
    Tensor moved = x.detach().transpose(0, d).contiguous();
    long n = moved.dim(0);
    long width = moved.elements() / Math.max(1, n);
    if (n == 0 || width == 0) {
      if (n > 0) {
        throw new ShapeException(
            "unique: slices along dimension " + dim + " of shape " + x.shape() + " are empty");
      }
      Tensor counts = Tensor.zeros(Shape.of(0), DType.INT64, x.device());
      return new Unique(x.detach().copy(), counts, counts.copy());
    }
    Tensor rows = moved.reshape(n, width);
    Tensor places = sorted ? lexicographic(rows, n, width) : null;
    Tensor ordered = sorted ? rows.indexSelect(0, places) : rows;
    Tensor same = Tensor.allocate("unique", Shape.of(n), DType.BOOL, x.device());
    SAME_ROWS
        .computeIfAbsent(rows.dtype(), Uniques::sameRows)
        .launch("unique", n, width, new Tensor[] {ordered, same}, new long[] {width}, null);
    Groups groups = Groups.of(same);
    Tensor starts = groups.starts();
    long[] dims = moved.shape().toArray();
    dims[0] = starts.elements();
    Tensor values = ordered.indexSelect(0, starts).reshape(Shape.of(dims)).transpose(0, d);
    return new Unique(values.contiguous(), inverse(groups.numbers, places), groups.counts(starts));
  }

  private static Tensor lexicographic(Tensor rows, long n, long width) {
    if (n > Integer.MAX_VALUE) {
      throw new ShapeException("unique: " + n + " slices are too many: at most 2147483647");
    }
    Tensor places = Tensor.allocate("unique", Shape.of(n), DType.INT64, rows.device());
    Backend.of(rows.device())
        .library(
            at -> Lexicographic.order(at[0], (int) n, width, at[1]),
            SortKeys.keys(rows, Order.ASCENDING),
            places);
    return places;
  }

  /** inverse[places[i]] = numbers[i]; numbers itself where nothing was moved. */
  private static Tensor inverse(Tensor numbers, Tensor places) {
    if (places == null) {
      return numbers;
    }
    Tensor out = Tensor.allocate("unique", numbers.shape(), DType.INT64, numbers.device());
    long n = numbers.elements();
    Kernels.INVERSE.launch(
        "unique", 1, n, new Tensor[] {numbers, places, out}, new long[] {n}, null);
    return out;
  }

  /**
   * Runs of elements that equal the one before.
   *
   * @param numbers each element's run
   * @param firsts where each run begins; only as many as there are runs count
   */
  private record Groups(Tensor numbers, Tensor firsts) {
    static Groups of(Tensor same) {
      long n = same.elements();
      Tensor numbers = Tensor.allocate("unique", Shape.of(n), DType.INT64, same.device());
      Tensor firsts = Tensor.allocate("unique", Shape.of(n), DType.INT64, same.device());
      Kernels.GROUPS.launch(
          "unique", 1, n, new Tensor[] {same, numbers, firsts}, new long[] {n}, null);
      return new Groups(numbers, firsts);
    }

    Tensor starts() {
      long last = (long) numbers.select(0, -1).item();
      return firsts.narrow(0, 0, last + 1).copy();
    }

    Tensor counts(Tensor starts) {
      long n = numbers.elements();
      long runs = starts.elements();
      return starts.narrow(0, 1, runs - 1).pad(0, 0, 1, n).sub(starts);
    }
  }

  private static Executable sameElements(DType dtype) {
    RowKernel k = new RowKernel("same");
    int x = k.reads(dtype);
    int out = k.writes(DType.BOOL);
    Type t = k.type(x);
    Expr before = load(x, max(sub(k.row, int64(1)), int64(0)), t);
    k.add(k.store(out, k.row, and(gt(k.row, int64(0)), eq(load(x, k.row, t), before))));
    return k.buildFlat();
  }

  private static Executable sameRows(DType dtype) {
    RowKernel k = new RowKernel("same_rows");
    int x = k.reads(dtype);
    int out = k.writes(DType.BOOL);
    Expr n = k.param(Type.I64);
    Expr base = k.base(n);
    Expr before = k.let("before", max(sub(base, n), int64(0)));
    Type t = k.type(x);
    Expr all =
        k.reduce(
            "all",
            n,
            TRUE,
            i -> eq(load(x, add(base, i), t), load(x, add(before, i), t)),
            (a, b) -> and(a, b));
    k.add(k.store(out, k.row, and(gt(k.row, int64(0)), all)));
    return k.build();
  }

  private static Executable groupKernel() {
    RowKernel k = new RowKernel("groups");
    int same = k.reads(DType.BOOL);
    int numbers = k.writes(DType.INT64);
    int firsts = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var number = k.fresh("number", Type.I64);
    Expr.Var first = k.fresh("first", Type.I64);
    Expr stays = load(same, i, Type.BOOL);
    Expr next = add(number, select(stays, int64(0), int64(1)));
    Expr start = select(stays, first, i);
    k.add(
        new Stmt.Serial(
            i,
            n,
            List.of(
                new Stmt.Carried(number, int64(-1), next),
                new Stmt.Carried(first, int64(0), start)),
            List.of(k.store(numbers, i, next), k.store(firsts, next, start))));
    return k.build();
  }

  private static Executable inverseKernel() {
    RowKernel k = new RowKernel("inverse");
    int numbers = k.reads(DType.INT64);
    int places = k.reads(DType.INT64);
    int out = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr.Var i = k.fresh("i", Type.I64);
    k.add(
        new Stmt.Serial(
            i,
            n,
            List.of(),
            List.of(k.store(out, load(places, i, Type.I64), load(numbers, i, Type.I64)))));
    return k.build();
  }
}
