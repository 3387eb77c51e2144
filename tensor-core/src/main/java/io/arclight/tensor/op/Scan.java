package io.arclight.tensor.op;

import static io.arclight.tensor.ir.Exprs.*;

import io.arclight.tensor.DType;
import io.arclight.tensor.Executable;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.ir.Expr;
import io.arclight.tensor.ir.Stmt;
import io.arclight.tensor.ir.Type;
import java.util.ArrayList;
import java.util.List;

/**
 * Scans: values carried along a dimension, giving an output at every place. Sums and products of
 * float32 are carried as float64, as in PyTorch.
 */
final class Scan {
  /** Where the dimension lies. */
  enum Path {
    /** Innermost. */
    ROWS,
    /** Outside others, which vectors run along. */
    COLUMNS
  }

  /** What a place does: outputs and the next carried values. */
  record Turn(List<Expr> outputs, List<Expr> next) {}

  /** One place: its elements, its position, and what is carried to it. */
  interface Step {
    Turn apply(List<Expr> elements, Expr position, List<Expr> carried);
  }

  private Scan() {}

  static Path path(Tensor like, int dim) {
    return Indexing.inner(like, dim) > 1 ? Path.COLUMNS : Path.ROWS;
  }

  /** Runs {@code kernel} along {@code dim} of dense tensors of one shape. */
  static void launch(String op, Executable kernel, int dim, Tensor... buffers) {
    Tensor like = buffers[0];
    long n = like.dim(dim);
    long inner = Indexing.inner(like, dim);
    long outer = like.elements() == 0 ? 0 : like.elements() / (n * inner);
    long tiles = (inner + Reduction.TILE - 1) / Reduction.TILE;
    kernel.launch(
        op,
        outer * tiles,
        n * Math.min(inner, Reduction.TILE),
        buffers,
        new long[] {n, inner},
        null);
  }

  static Executable build(
      String name,
      Path path,
      ScanOp.Direction direction,
      List<DType> reads,
      List<DType> writes,
      List<Expr> inits,
      Step step) {
    RowKernel k = new RowKernel(name);
    int[] in = reads.stream().mapToInt(k::reads).toArray();
    int[] out = writes.stream().mapToInt(k::writes).toArray();
    Expr n = k.param(Type.I64);
    Expr inner = k.param(Type.I64);
    if (path == Path.ROWS) {
      serial(k, k.base(n), int64(1), n, direction, in, out, inits, step);
    } else {
      Reduction.tile(
          k,
          inner,
          row ->
              column -> {
                Expr base = add(mul(row, mul(n, inner)), column);
                serial(k, base, inner, n, direction, in, out, inits, step);
              });
    }
    return k.build();
  }

  private static void serial(
      RowKernel k,
      Expr base,
      Expr stride,
      Expr n,
      ScanOp.Direction direction,
      int[] in,
      int[] out,
      List<Expr> inits,
      Step step) {
    Expr.Var i = k.fresh("i", Type.I64);
    Expr position = direction == ScanOp.Direction.FORWARD ? i : sub(sub(n, int64(1)), i);
    Expr at = add(base, mul(position, stride));
    List<Expr> carried = new ArrayList<>();
    inits.forEach(e -> carried.add(k.fresh("carried", e.type())));
    List<Expr> next = new ArrayList<>();
    List<Stmt> body =
        k.block(
            () -> {
              List<Expr> elements = new ArrayList<>();
              for (int b : in) {
                elements.add(load(b, at, k.type(b)));
              }
              Turn turn = step.apply(elements, position, carried);
              turn.next().forEach(e -> next.add(k.let("next", e)));
              for (int b = 0; b < out.length; b++) {
                k.add(k.store(out[b], at, turn.outputs().get(b)));
              }
            });
    List<Stmt.Carried> all = new ArrayList<>();
    for (int c = 0; c < inits.size(); c++) {
      all.add(new Stmt.Carried((Expr.Var) carried.get(c), inits.get(c), next.get(c)));
    }
    k.add(new Stmt.Serial(i, n, all, body));
  }

  /** The type that sums and products of {@code dtype} are carried in. */
  static Type wide(DType dtype) {
    Type t = dtype.type().value();
    return t == Type.F32 ? Type.F64 : t;
  }
}
