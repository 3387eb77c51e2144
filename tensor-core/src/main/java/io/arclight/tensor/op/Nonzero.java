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
 * Where a mask holds: blocks are counted, the counts summed up by the host, which must know the
 * number to make the result, and then each block writes its places.
 */
public final class Nonzero {
  private static final long BLOCK = 4096;
  private static final Executable COUNT = count();
  private static final Map<Integer, Executable> WRITE = new ConcurrentHashMap<>();

  private Nonzero() {}

  /** int64 [rank, count], in row-major order of the places; a number has no coordinates. */
  public static Tensor coordinates(Tensor mask) {
    return places(mask, mask.rank());
  }

  /** int64 [count], the places counted in row-major order. */
  public static Tensor flat(Tensor mask) {
    return places(mask, -1).reshape(-1);
  }

  private static Tensor places(Tensor mask, int coordinates) {
    Tensor dense = mask.detach().contiguous();
    long n = dense.elements();
    int rows = Math.abs(coordinates);
    long blocks = (n + BLOCK - 1) / BLOCK;
    Tensor counts = Tensor.allocate("nonzero", Shape.of(blocks), DType.INT64, dense.device());
    COUNT.launch("nonzero", blocks, BLOCK, new Tensor[] {dense, counts}, new long[] {n}, null);
    long[] starts = counts.toLongs();
    long total = 0;
    for (int b = 0; b < starts.length; b++) {
      long here = starts[b];
      starts[b] = total;
      total += here;
    }
    Tensor out = Tensor.allocate("nonzero", Shape.of(rows, total), DType.INT64, dense.device());
    if (out.elements() == 0) {
      return out;
    }
    long[] params = new long[2 + Math.max(0, coordinates)];
    params[0] = n;
    params[1] = total;
    for (int d = 0; d < coordinates; d++) {
      params[2 + d] = dense.dim(d);
    }
    WRITE
        .computeIfAbsent(coordinates, Nonzero::write)
        .launch(
            "nonzero",
            blocks,
            BLOCK,
            new Tensor[] {dense, Tensor.of(starts).to(dense.device()), out},
            params,
            null);
    return out;
  }

  private static Executable count() {
    RowKernel k = new RowKernel("nonzero_count");
    int mask = k.reads(DType.BOOL);
    int out = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr base = k.base(int64(BLOCK));
    Expr extent = min(int64(BLOCK), sub(n, base));
    Expr sum =
        k.reduce(
            "count",
            extent,
            int32(0),
            i -> k.at(mask, add(base, i), Type.I32),
            (a, b) -> add(a, b));
    k.add(k.store(out, k.row, sum));
    return k.build();
  }

  /**
   * @param coordinates how many, or -1 for the place itself
   */
  private static Executable write(int coordinates) {
    RowKernel k = new RowKernel("nonzero_write");
    int mask = k.reads(DType.BOOL);
    int starts = k.reads(DType.INT64);
    int out = k.writes(DType.INT64);
    Expr n = k.param(Type.I64);
    Expr total = k.param(Type.I64);
    Expr[] sizes = new Expr[Math.max(0, coordinates)];
    for (int d = 0; d < sizes.length; d++) {
      sizes[d] = k.param(Type.I64);
    }
    Expr base = k.base(int64(BLOCK));
    Expr extent = min(int64(BLOCK), sub(n, base));
    Expr.Var i = k.fresh("i", Type.I64);
    Expr.Var at = k.fresh("at", Type.I64);
    Expr.Var once = k.fresh("once", Type.I64);
    Expr.Var holds = k.fresh("holds", Type.I64);
    List<Stmt> body = new ArrayList<>();
    Expr place = add(base, i);
    if (coordinates < 0) {
      body.add(k.store(out, at, place));
    }
    Expr rest = place;
    for (int d = sizes.length - 1; d >= 0; d--) {
      Expr coordinate = d == 0 ? rest : rem(rest, sizes[d]);
      body.add(k.store(out, add(mul(int64(d), total), at), coordinate));
      if (d > 0) {
        Expr.Var left = k.fresh("left", Type.I64);
        body.add(new Stmt.Let(left, div(rest, sizes[d])));
        rest = left;
      }
    }
    k.add(
        new Stmt.Serial(
            i,
            extent,
            List.of(new Stmt.Carried(at, k.at(starts, k.row, Type.I64), add(at, holds))),
            List.of(
                new Stmt.Let(holds, k.at(mask, place, Type.I64)),
                // A loop of one turn or none is how a kernel branches.
                new Stmt.Serial(once, holds, List.of(), body))));
    return k.build();
  }
}
