package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.DTypeException;
import io.arclight.tensor.Executable;
import io.arclight.tensor.ShapeException;
import io.arclight.tensor.Side;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.ErrorCode;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where values would be inserted to keep sorted rows in order. Inputs: the rows, the values, and
 * perhaps the positions (int64) that put the rows in order.
 */
public record SearchSortedOp(Side side) implements Op {
  private record Key(Side side, DType dtype, boolean sorter) {}

  private static final Map<Key, Executable> KERNELS = new ConcurrentHashMap<>();

  /** Both in the dtype that they promote to. */
  public static Tensor[] alike(Tensor rows, Tensor values) {
    DType dtype = Promotion.of(List.of(rows, values));
    return new Tensor[] {rows.to(dtype), values.to(dtype)};
  }

  @Override
  public String name() {
    return "SEARCHSORTED";
  }

  @Override
  public List<Spec> infer(Tensor... in) {
    Tensor rows = in[0];
    Tensor values = in[1];
    boolean fits = rows.rank() == 1 || rows.rank() > 1 && rows.rank() == values.rank();
    for (int d = 0; fits && rows.rank() > 1 && d < rows.rank() - 1; d++) {
      fits = rows.dim(d) == values.dim(d);
    }
    if (!fits) {
      throw new ShapeException(
          "searchsorted: the sorted sequence "
              + rows.shape()
              + " must be a vector, or have the dimensions of the values "
              + values.shape()
              + " but for the last");
    }
    if (rows.dtype() != values.dtype()) {
      throw new DTypeException(
          "searchsorted: the sorted sequence is "
              + rows.dtype()
              + ", the values are "
              + values.dtype()
              + ": convert one with to(dtype)");
    }
    Elementwise.sameDevice("searchsorted", rows, values);
    if (in.length > 2) {
      if (!in[2].shape().equals(rows.shape()) || in[2].dtype() != DType.INT64) {
        throw new ShapeException(
            "searchsorted: the sorter must be int64 of the sorted sequence's shape "
                + rows.shape()
                + ", got "
                + in[2].dtype()
                + " "
                + in[2].shape());
      }
      Elementwise.sameDevice("searchsorted", rows, in[2]);
    }
    return List.of(new Spec(values.shape(), DType.INT64, values.device()));
  }

  @Override
  public Tensor[] eval(List<Spec> outputs, Tensor... in) {
    Tensor out = Tensor.allocate(name(), outputs.get(0));
    Tensor rows = in[0].detach().contiguous();
    Tensor values = in[1].detach().contiguous();
    if (out.elements() == 0) {
      return new Tensor[] {out};
    }
    long n = rows.dim(-1);
    // A single row is for all values, which then are shared among threads as rows of 1.
    boolean one = rows.rank() == 1;
    long k = one ? Math.min(values.elements(), Lines.TILE) : values.dim(-1);
    List<Tensor> buffers = new ArrayList<>(List.of(rows, values));
    if (in.length > 2) {
      buffers.add(in[2].contiguous());
    }
    buffers.add(out);
    KERNELS
        .computeIfAbsent(new Key(side, rows.dtype(), in.length > 2), SearchSortedOp::build)
        .launch(
            "searchsorted",
            (out.elements() + k - 1) / k,
            8 * k,
            buffers.toArray(new Tensor[0]),
            new long[] {n, k, one ? 0 : n, out.elements(), 64 - Long.numberOfLeadingZeros(n)},
            "rows of " + n);
    return new Tensor[] {out};
  }

  private static Executable build(Key key) {
    RowKernel r = new RowKernel("searchsorted");
    int rows = r.reads(key.dtype);
    int values = r.reads(key.dtype);
    int sorter = key.sorter ? r.reads(DType.INT64) : -1;
    int out = r.writes(DType.INT64);
    Expr n = r.param(Type.I64);
    Expr k = r.param(Type.I64);
    Expr stride = r.param(Type.I64);
    Expr total = r.param(Type.I64);
    Expr steps = r.param(Type.I64);
    Expr row = r.let("row", mul(r.row, stride));
    Expr from = r.let("from", mul(r.row, k));
    Expr.Var j = r.fresh("j", Type.I64);
    Expr.Var step = r.fresh("step", Type.I64);
    Expr.Var low = r.fresh("low", Type.I64);
    Expr.Var high = r.fresh("high", Type.I64);
    Type t = key.dtype == DType.BOOL ? Type.I32 : r.type(rows);
    List<Stmt> body =
        r.block(
            () -> {
              Expr x = r.let("x", r.at(values, add(from, j), t));
              Expr open = lt(low, high);
              Expr middle = add(low, shr(sub(high, low), int64(1)));
              Expr at = min(middle, max(sub(n, int64(1)), int64(0)));
              if (sorter >= 0) {
                Expr raw = load(sorter, add(row, at), Type.I64);
                Expr ok = and(ge(raw, int64(0)), lt(raw, n));
                at = new Expr.Check(ok, ErrorCode.INDEX_OUT_OF_RANGE, raw, raw, int64(0));
              }
              Expr v = r.at(rows, add(row, at), t);
              Expr reached = key.side == Side.LEFT ? ge(v, x) : gt(v, x);
              Expr up = and(open, not(reached));
              Expr down = and(open, reached);
              r.add(
                  new Stmt.Serial(
                      step,
                      steps,
                      List.of(
                          new Stmt.Carried(low, int64(0), select(up, add(middle, int64(1)), low)),
                          new Stmt.Carried(high, n, select(down, middle, high))),
                      List.of()));
              r.add(r.store(out, add(from, j), low));
            });
    r.add(new Stmt.Vector(j, min(k, sub(total, from)), body));
    return r.build();
  }

  @Override
  public boolean differentiable() {
    return false;
  }

  @Override
  public Tensor[] batch(long size, boolean[] batched, Tensor... in) {
    boolean all = in[0].rank() > 2 || in[0].rank() == 2 && in[1].rank() == 2;
    for (boolean b : batched) {
      all &= b;
    }
    return all ? Tensor.applyAll(this, in) : Batching.loop(this, size, batched, in);
  }

  static OpInfo info() {
    return new OpInfo(
        "searchsorted",
        DTypes.NUMBERS,
        in -> {
          List<Sample> out = new ArrayList<>();
          for (Side side : Side.values()) {
            String right = ", right=" + (side == Side.RIGHT ? "True)" : "False)");
            Tensor row = in.any(9).sort(0, io.arclight.tensor.Order.ASCENDING).values();
            Tensor rows = in.any(3, 5).sort(1, io.arclight.tensor.Order.ASCENDING).values();
            SearchSortedOp op = new SearchSortedOp(side);
            out.add(Sample.of(op, row, in.any(2, 7)).peer("torch.searchsorted(x0, x1" + right));
            out.add(Sample.of(op, row, row).peer("torch.searchsorted(x0, x1" + right));
            out.add(
                Sample.of(op, rows, in.transposed(3, 4)).peer("torch.searchsorted(x0, x1" + right));
            out.add(Sample.of(op, in.any(0), in.any(3)).peer("torch.searchsorted(x0, x1" + right));
            Tensor loose = in.any(8);
            Tensor order = loose.argsort(0, io.arclight.tensor.Order.ASCENDING);
            out.add(
                Sample.of(op, loose, in.any(5), order)
                    .peer("torch.searchsorted(x0, x1, sorter=x2" + right));
          }
          return out;
        },
        in ->
            List.of(
                ErrorSample.of(
                    new SearchSortedOp(Side.LEFT),
                    DTypeException.class,
                    "the values are bool: convert one",
                    in.any(5),
                    in.mask(4)),
                ErrorSample.of(
                    new SearchSortedOp(Side.LEFT),
                    ShapeException.class,
                    "the sorter must be int64 of the sorted sequence's shape [3], got int64 [2]",
                    in.any(3),
                    in.any(4),
                    in.index(0, 2)),
                ErrorSample.of(
                    new SearchSortedOp(Side.LEFT),
                    ShapeException.class,
                    "must be a vector",
                    in.any(3, 5),
                    in.any(4)),
                ErrorSample.of(
                    new SearchSortedOp(Side.LEFT),
                    io.arclight.tensor.DataException.class,
                    "index 8 is out of range",
                    in.any(3),
                    in.any(4),
                    in.index(8, 3))));
  }
}
